#include <gtest/gtest.h>

#include <array>
#include <plait/core/put_area.hpp>

namespace plait {
namespace {

struct PutAreaTest : ::testing::Test {
  Bytes content() const { return {memory.data(), area.size()}; }

  std::array<char, 16> memory{};
  PutArea area;
};

TEST_F(PutAreaTest, TakesNothingWhileClosed) {
  EXPECT_FALSE(area.put("a"));
  EXPECT_TRUE(area.put(""));
  area.open(memory.data(), memory.size());
  area.close();
  EXPECT_FALSE(area.put("a"));
  EXPECT_EQ(area.size(), 0u);
}

TEST_F(PutAreaTest, TakesPiecesOneBehindTheOther) {
  area.open(memory.data(), memory.size());
  EXPECT_TRUE(area.put("5", ":", "hello", ","));
  EXPECT_TRUE(area.put("ab", "\r\n"));
  EXPECT_EQ(content(), "5:hello,ab\r\n");
}

TEST_F(PutAreaTest, TakesPiecesOfAnySize) {
  const Bytes text = "abcdefghijklmnop";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = 0; first + second <= text.size(); ++second) {
      area.open(memory.data(), memory.size());
      const BytesView all(text);
      ASSERT_TRUE(
          area.put(all.substr(0, first), all.substr(first, second), all.substr(first + second)));
      ASSERT_EQ(content(), text);
    }
  }
}

TEST_F(PutAreaTest, TakesAllPiecesOrNone) {
  area.open(memory.data(), 4);
  EXPECT_TRUE(area.put("ab"));
  EXPECT_FALSE(area.put("c", "de"));
  EXPECT_EQ(area.size(), 2u);
  EXPECT_TRUE(area.put("c", "d"));
  EXPECT_FALSE(area.put("e"));
  EXPECT_EQ(content(), "abcd");
  EXPECT_EQ(memory[4], '\0');
}

}  // namespace
}  // namespace plait
