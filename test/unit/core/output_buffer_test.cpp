#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <plait/core/output_buffer.hpp>
#include <random>
#include <vector>

namespace plait {
namespace {

Bytes contents(const OutputBuffer& buffer) {
  std::vector<BytesView> pieces(10000);
  pieces.resize(buffer.gather(pieces));
  Bytes all;
  for (BytesView piece : pieces) all += piece;
  return all;
}

std::vector<BytesView> piecesOf(const OutputBuffer& buffer) {
  std::vector<BytesView> pieces(10000);
  pieces.resize(buffer.gather(pieces));
  return pieces;
}

struct OutputBufferTest : ::testing::Test {
  BlockPool pool;
  OutputBuffer buffer{pool};
  const Bytes large = Bytes(OutputBuffer::kLarge, 'L');
};

TEST_F(OutputBufferTest, StartsEmpty) {
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_TRUE(piecesOf(buffer).empty());
  buffer.consume(0);
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
}

TEST_F(OutputBufferTest, JoinsSmallWritesOfEveryKind) {
  buffer.append(BytesView("view "));
  buffer.append(Bytes("owned "));
  buffer.append(share("shared"));
  ASSERT_EQ(piecesOf(buffer).size(), 1u);
  EXPECT_EQ(contents(buffer), "view owned shared");
  EXPECT_EQ(buffer.size(), 17u);
}

TEST_F(OutputBufferTest, TakesNothingFromEmptyWrites) {
  buffer.append(BytesView());
  buffer.append(Bytes());
  buffer.append(share(""));
  EXPECT_TRUE(buffer.empty());
  EXPECT_TRUE(piecesOf(buffer).empty());
}

TEST_F(OutputBufferTest, KeepsLargeOwnedBytesWithoutCopying) {
  Bytes bytes = large;
  const char* memory = bytes.data();
  buffer.append(std::move(bytes));
  ASSERT_EQ(piecesOf(buffer).size(), 1u);
  EXPECT_EQ(piecesOf(buffer)[0].data(), memory);
}

TEST_F(OutputBufferTest, SharesLargeSharedBytesUntilTheyAreSent) {
  const SharedBytes bytes = share(large);
  buffer.append(bytes);
  buffer.append(bytes);
  EXPECT_EQ(piecesOf(buffer)[0].data(), bytes->data());
  EXPECT_EQ(bytes.use_count(), 3);
  buffer.consume(large.size());
  EXPECT_EQ(bytes.use_count(), 2);
  buffer.consume(large.size());
  EXPECT_EQ(bytes.use_count(), 1);
  EXPECT_TRUE(buffer.empty());
}

TEST_F(OutputBufferTest, CopiesBorrowedBytesHoweverLarge) {
  Bytes bytes = large + large;
  buffer.append(BytesView(bytes));
  std::fill(bytes.begin(), bytes.end(), 'x');
  EXPECT_EQ(contents(buffer), large + large);
}

TEST_F(OutputBufferTest, DrawsTheLineAtItsLargeSize) {
  const SharedBytes below = share(Bytes(OutputBuffer::kLarge - 1, 'b'));
  const SharedBytes at = share(Bytes(OutputBuffer::kLarge, 'a'));
  buffer.append(below);
  EXPECT_EQ(below.use_count(), 1);
  buffer.append(at);
  EXPECT_EQ(at.use_count(), 2);
}

TEST_F(OutputBufferTest, KeepsTheOrderOfMixedKinds) {
  buffer.append(BytesView("1"));
  buffer.append(Bytes(large));
  buffer.append(BytesView("2"));
  buffer.append(share(large));
  buffer.append(Bytes("3"));
  EXPECT_EQ(contents(buffer), "1" + large + "2" + large + "3");
  EXPECT_EQ(piecesOf(buffer).size(), 5u);
}

TEST_F(OutputBufferTest, GathersNoMorePiecesThanItIsGivenRoomFor) {
  for (int i = 0; i < 5; ++i) buffer.append(Bytes(large));
  BytesView pieces[3];
  EXPECT_EQ(buffer.gather(pieces), 3u);
  EXPECT_EQ(buffer.gather({}), 0u);
}

TEST_F(OutputBufferTest, ConsumesAcrossPieces) {
  buffer.append(BytesView("abc"));
  buffer.append(Bytes(large));
  buffer.append(BytesView("xyz"));
  buffer.consume(2);
  EXPECT_EQ(contents(buffer), "c" + large + "xyz");
  buffer.consume(1 + large.size() + 1);
  EXPECT_EQ(contents(buffer), "yz");
  buffer.append(BytesView("!"));
  EXPECT_EQ(contents(buffer), "yz!");
  buffer.consume(99);
  EXPECT_TRUE(buffer.empty());
}

TEST_F(OutputBufferTest, SplitsWritesOverBlocks) {
  Bytes all;
  for (int i = 0; i < 1000; ++i) {
    const Bytes piece = std::to_string(i) + ",";
    buffer.append(BytesView(piece));
    all += piece;
  }
  EXPECT_EQ(contents(buffer), all);
  EXPECT_EQ(piecesOf(buffer).size(), all.size() / BlockPool::kBlockSize + 1);
}

TEST_F(OutputBufferTest, AppendsPiecesOneBehindTheOther) {
  const Bytes longPiece(6000, 'l');
  const BytesView pieces[] = {"a", BytesView(), longPiece, "", "z"};
  buffer.append(pieces, 6002);
  EXPECT_EQ(contents(buffer), "a" + longPiece + "z");
  const BytesView few[] = {"1", BytesView(), "2"};
  buffer.append(few, 2);
  EXPECT_EQ(contents(buffer), "a" + longPiece + "z12");
}

TEST_F(OutputBufferTest, TakesNothingFromPiecesThatAreAllEmpty) {
  const BytesView pieces[] = {"", ""};
  buffer.append(pieces, 0);
  buffer.append(Bytes(large));
  EXPECT_EQ(buffer.firstPiece(), large);
}

TEST_F(OutputBufferTest, ShowsItsFirstPiece) {
  EXPECT_EQ(buffer.firstPiece(), "");
  buffer.append(BytesView("abc"));
  buffer.append(Bytes(large));
  EXPECT_EQ(buffer.firstPiece(), "abc");
  buffer.consume(1);
  EXPECT_EQ(buffer.firstPiece(), "bc");
  buffer.consume(2);
  EXPECT_EQ(buffer.firstPiece(), large);
}

TEST_F(OutputBufferTest, UsesItsBlocksAgain) {
  buffer.append(BytesView("first"));
  const char* memory = piecesOf(buffer)[0].data();
  buffer.clear();
  buffer.append(BytesView("second"));
  EXPECT_EQ(piecesOf(buffer)[0].data(), memory);
  EXPECT_EQ(contents(buffer), "second");
}

TEST_F(OutputBufferTest, SharesBlocksWithTheOthersOfItsPool) {
  buffer.append(BytesView("first"));
  const char* memory = piecesOf(buffer)[0].data();
  buffer.clear();
  OutputBuffer other(pool);
  other.append(BytesView("second"));
  EXPECT_EQ(piecesOf(other)[0].data(), memory);
}

TEST_F(OutputBufferTest, GivesBackEverythingWhenDestroyed) {
  const SharedBytes bytes = share(large);
  {
    OutputBuffer other(pool);
    other.append(BytesView("small"));
    other.append(bytes);
  }
  EXPECT_EQ(bytes.use_count(), 1);
}

TEST_F(OutputBufferTest, HandlesMoreBlocksThanThePoolKeeps) {
  const Bytes much(600 * BlockPool::kBlockSize, 'm');
  for (int round = 0; round < 2; ++round) {
    buffer.append(BytesView(much));
    EXPECT_EQ(buffer.size(), much.size());
    buffer.clear();
  }
}

TEST_F(OutputBufferTest, AgreesWithAStringUnderRandomOperations) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    buffer.clear();
    Bytes model;
    for (int step = 0; step < 400; ++step) {
      const std::size_t size = upTo(3) == 0 ? upTo(10000) : upTo(50);
      const Bytes bytes(size, static_cast<char>('a' + upTo(25)));
      const BytesView half = BytesView(bytes).substr(0, size / 2);
      const BytesView pieces[] = {half, BytesView(bytes).substr(half.size())};
      switch (upTo(5)) {
        case 0:
          buffer.append(BytesView(bytes));
          break;
        case 3:
          buffer.append(pieces, size);
          break;
        case 1:
          buffer.append(Bytes(bytes));
          break;
        case 2:
          buffer.append(share(bytes));
          break;
        default: {
          const std::size_t count = std::min(upTo(8000), model.size());
          buffer.consume(count);
          model.erase(0, count);
          ASSERT_EQ(buffer.size(), model.size());
          continue;
        }
      }
      model += bytes;
      ASSERT_EQ(buffer.size(), model.size());
      if (step % 10 == 0) {
        ASSERT_EQ(contents(buffer), model);
      }
    }
    ASSERT_EQ(contents(buffer), model);
  }
}

}  // namespace
}  // namespace plait
