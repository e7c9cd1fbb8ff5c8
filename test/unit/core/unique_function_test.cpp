#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <plait/core/unique_function.hpp>
#include <string>
#include <vector>

namespace plait {
namespace {

/// Counts the living; `Padding` bytes decide whether it fits into the function itself.
template <std::size_t Padding>
struct Counted {
  explicit Counted(int& alive) : alive(&alive) { ++alive; }
  Counted(const Counted& other) : alive(other.alive) { ++*alive; }
  Counted(Counted&& other) noexcept : alive(other.alive) { ++*alive; }
  ~Counted() { --*alive; }
  int operator()() const { return *alive; }

  int* alive;
  std::array<char, Padding> padding{};
};
using Small = Counted<8>;
using Large = Counted<200>;

TEST(UniqueFunction, IsEmptyUntilGivenSomething) {
  UniqueFunction<void()> empty;
  EXPECT_FALSE(empty);
  EXPECT_FALSE(UniqueFunction<void()>(nullptr));
  empty = [] {};
  EXPECT_TRUE(empty);
  empty = nullptr;
  EXPECT_FALSE(empty);
}

TEST(UniqueFunction, PassesArgumentsAndResults) {
  UniqueFunction<std::string(int, const std::string&)> repeat = [](int n, const std::string& text) {
    std::string all;
    while (n-- > 0) all += text;
    return all;
  };
  EXPECT_EQ(repeat(3, "ab"), "ababab");

  UniqueFunction<void(int&)> increment = [](int& n) { ++n; };
  int n = 1;
  increment(n);
  EXPECT_EQ(n, 2);

  UniqueFunction<std::size_t(std::unique_ptr<std::string>)> lengthOf =
      [](std::unique_ptr<std::string> text) { return text->size(); };
  EXPECT_EQ(lengthOf(std::make_unique<std::string>("four")), 4u);
}

TEST(UniqueFunction, KeepsStateBetweenCalls) {
  UniqueFunction<int()> count = [n = 0]() mutable { return ++n; };
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count(), 2);
  UniqueFunction<int()> moved = std::move(count);
  EXPECT_EQ(moved(), 3);
}

TEST(UniqueFunction, TakesMoveOnlyCaptures) {
  UniqueFunction<int()> get = [value = std::make_unique<int>(7)] { return *value; };
  UniqueFunction<int()> moved = std::move(get);
  EXPECT_FALSE(get);  // NOLINT: a moved-from function is empty, and says so
  EXPECT_EQ(moved(), 7);
  EXPECT_FALSE((std::is_copy_constructible_v<UniqueFunction<int()>>));
}

TEST(UniqueFunction, TakesPlainFunctionsAndFunctionObjects) {
  UniqueFunction<int(int)> absolute = static_cast<int (*)(int)>(std::abs);
  EXPECT_EQ(absolute(-3), 3);
  UniqueFunction<bool(int, int)> less = std::less<int>();
  EXPECT_TRUE(less(1, 2));
}

template <class T>
class UniqueFunctionOwnership : public ::testing::Test {};
using BothSizes = ::testing::Types<Small, Large>;
TYPED_TEST_SUITE(UniqueFunctionOwnership, BothSizes);

TYPED_TEST(UniqueFunctionOwnership, DestroysItsTargetOnce) {
  int alive = 0;
  {
    UniqueFunction<int()> function{TypeParam(alive)};
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(function(), 1);
  }
  EXPECT_EQ(alive, 0);
}

TYPED_TEST(UniqueFunctionOwnership, MovesItsTarget) {
  int alive = 0;
  UniqueFunction<int()> first{TypeParam(alive)};
  UniqueFunction<int()> second = std::move(first);
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(second(), 1);
  second = nullptr;
  EXPECT_EQ(alive, 0);
}

TYPED_TEST(UniqueFunctionOwnership, ReplacesItsTarget) {
  int old = 0;
  int fresh = 0;
  UniqueFunction<int()> function{TypeParam(old)};
  function = UniqueFunction<int()>{TypeParam(fresh)};
  EXPECT_EQ(old, 0);
  EXPECT_EQ(fresh, 1);
}

TYPED_TEST(UniqueFunctionOwnership, SurvivesMovingToItself) {
  int alive = 0;
  UniqueFunction<int()> function{TypeParam(alive)};
  auto& same = function;
  function = std::move(same);
  ASSERT_TRUE(function);
  EXPECT_EQ(function(), 1);
}

TYPED_TEST(UniqueFunctionOwnership, LivesInContainers) {
  int alive = 0;
  std::vector<UniqueFunction<int()>> functions;
  for (int i = 0; i < 50; ++i) functions.emplace_back(TypeParam(alive));
  EXPECT_EQ(alive, 50);
  functions.erase(functions.begin(), functions.begin() + 20);
  EXPECT_EQ(alive, 30);
  functions.clear();
  EXPECT_EQ(alive, 0);
}

TEST(UniqueFunction, KeepsOveralignedTargetsAligned) {
  struct alignas(64) Aligned {
    bool operator()() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
  };
  UniqueFunction<bool()> function{Aligned()};
  UniqueFunction<bool()> moved = std::move(function);
  EXPECT_TRUE(moved());
}

TEST(UniqueFunction, DropsWhatIsReturnedWhenNothingIsWanted) {
  int calls = 0;
  UniqueFunction<void()> function = [&] { return ++calls; };
  function();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace plait
