// Every input of the corpus, through the function that libFuzzer calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

/// Oldest name first, so that two runs are alike.
std::vector<std::filesystem::path> inputsOf(const Target& target) {
  std::vector<std::filesystem::path> inputs;
  const auto folder = std::filesystem::path(PLAIT_FUZZ_CORPUS) / target.name;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

Bytes content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

struct Corpus : ::testing::TestWithParam<Target> {};

TEST_P(Corpus, HoldsForEveryInput) {
  const auto inputs = inputsOf(GetParam());
  EXPECT_FALSE(inputs.empty());
  for (const auto& path : inputs) {
    printf("%s\n", path.c_str());  // the last of them is the one that ends the program
    fflush(stdout);
    GetParam().tryInput(content(path));
  }
}

TEST_P(Corpus, HoldsForNoInputAtAll) {
  GetParam().tryInput({});
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, ::testing::ValuesIn(Target::all()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace plait::fuzz
