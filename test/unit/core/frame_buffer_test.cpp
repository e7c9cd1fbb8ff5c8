#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <plait/core/frame_buffer.hpp>
#include <random>
#include <vector>

namespace plait {
namespace {

TEST(FrameBuffer, HandsOutFramesInPlace) {
  FrameBuffer buffer;
  const Bytes chunk = "helloworld";
  buffer.append(chunk);
  const BytesView first = buffer.front(5);
  EXPECT_EQ(first, "hello");
  EXPECT_EQ(first.data(), chunk.data());
  buffer.consume(5);
  EXPECT_EQ(buffer.front(5).data(), chunk.data() + 5);
}

TEST(FrameBuffer, KeepsWhatIsLeftOfAChunk) {
  FrameBuffer buffer;
  {
    const Bytes chunk = "hello, world, this is longer than a short string";
    buffer.append(chunk);
    buffer.consume(7);
    buffer.keep();
  }
  EXPECT_EQ(buffer.all(), "world, this is longer than a short string");
}

TEST(FrameBuffer, JoinsTailAndChunk) {
  FrameBuffer buffer;
  buffer.append("hel");
  buffer.keep();
  const Bytes chunk = "lo, and more";
  buffer.append(chunk);
  EXPECT_EQ(buffer.size(), 15u);
  EXPECT_EQ(buffer.firstPiece(), "hel");
  EXPECT_EQ(buffer.front(5), "hello");
  buffer.consume(5);
  EXPECT_EQ(buffer.firstPiece(), ", and more");
  EXPECT_EQ(buffer.firstPiece().data(), chunk.data() + 2);
}

TEST(FrameBuffer, FindsAPatternWhereverItLies) {
  const Bytes text = "xaabaab--aab";
  for (std::size_t cutAt = 0; cutAt <= text.size(); ++cutAt) {
    for (std::size_t from = 0; from <= text.size(); ++from) {
      for (const Bytes pattern :
           {"a", "aa", "aab", "aabaab", "-", "--", "b-", "zz", "xaabaab--aab"}) {
        SCOPED_TRACE("cut at " + std::to_string(cutAt) + ", from " + std::to_string(from) + ", " +
                     pattern);
        FrameBuffer buffer;
        buffer.append(BytesView(text).substr(0, cutAt));
        buffer.keep();
        buffer.append(BytesView(text).substr(cutAt));
        EXPECT_EQ(buffer.find(pattern, from), text.find(pattern, from));
      }
    }
  }
}

TEST(FrameBuffer, FindsNothingInNothing) {
  FrameBuffer buffer;
  EXPECT_EQ(buffer.find("x", 0), FrameBuffer::npos);
}

TEST(FrameBuffer, TakesEverythingOut) {
  FrameBuffer buffer;
  buffer.append("tail");
  buffer.keep();
  buffer.append("chunk");
  buffer.consume(1);
  EXPECT_EQ(buffer.takeAll(), "ailchunk");
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.takeAll(), "");
}

TEST(FrameBuffer, TakesOutAFrame) {
  FrameBuffer buffer;
  buffer.append("hel");
  buffer.keep();
  buffer.append("lo!");
  EXPECT_EQ(buffer.take(5), "hello");
  EXPECT_EQ(buffer.take(1), "!");
  EXPECT_TRUE(buffer.empty());
}

TEST(FrameBuffer, TakesBackWhatItHandedOutOfTheChunk) {
  FrameBuffer buffer;
  const Bytes chunk = "0123456789";
  buffer.append(chunk);
  const BytesView all = buffer.all();
  buffer.clear();
  EXPECT_TRUE(buffer.giveBack(all.substr(4)));
  EXPECT_EQ(buffer.all(), "456789");
  EXPECT_EQ(buffer.all().data(), chunk.data() + 4);
}

TEST(FrameBuffer, TakesBackWhatItHandedOutOfTheTail) {
  FrameBuffer buffer;
  buffer.append("01234");
  buffer.keep();
  buffer.append("56789");
  const BytesView all = buffer.all();
  buffer.clear();
  EXPECT_TRUE(buffer.giveBack(all.substr(4, 3)));
  EXPECT_EQ(buffer.all(), "456");
  buffer.append("x");
  EXPECT_EQ(buffer.all(), "456x");
}

TEST(FrameBuffer, TakesBackNothingForeignAndNothingWhileItHasBytes) {
  FrameBuffer buffer;
  const Bytes chunk = "0123456789";
  buffer.append(chunk);
  EXPECT_FALSE(buffer.giveBack(BytesView(chunk).substr(5)));
  buffer.clear();
  const Bytes foreign = "foreign";
  EXPECT_FALSE(buffer.giveBack(foreign));
  EXPECT_TRUE(buffer.empty());
  buffer.keep();
  EXPECT_FALSE(buffer.giveBack(BytesView(chunk).substr(5)));  // the chunk was let go
}

TEST(FrameBuffer, KeepsViewsValidWhilePinned) {
  FrameBuffer buffer;
  const Bytes chunk(100, 'a');
  buffer.append(chunk);
  buffer.keep();
  const BytesView frame = buffer.front(60);
  buffer.consume(60);
  buffer.pin();
  for (int i = 0; i < 50; ++i) buffer.append(Bytes(1000, 'b'));
  EXPECT_EQ(frame, Bytes(60, 'a'));
  buffer.takeAll();
  buffer.append("c");
  EXPECT_EQ(frame, Bytes(60, 'a'));
  buffer.unpin();
  EXPECT_EQ(buffer.all(), "c");
}

TEST(FrameBuffer, CopiesWhatComesWhilePinned) {
  FrameBuffer buffer;
  const Bytes chunk = "frame rest";
  buffer.append(chunk);
  const BytesView frame = buffer.front(5);
  buffer.consume(5);
  buffer.pin();
  buffer.append(Bytes(" and more, long enough to be on the heap"));
  EXPECT_EQ(frame, "frame");
  buffer.unpin();
  EXPECT_EQ(buffer.all(), " rest and more, long enough to be on the heap");
}

/// A buffer beside a string that says what it should hold. Chunks die when the buffer has kept
/// them, so that a sanitizer sees views into them.
struct Pair {
  void append(Bytes bytes) {
    model += bytes;
    auto owned = std::make_unique<Bytes>(std::move(bytes));
    owned->shrink_to_fit();
    buffer.append(*owned);
    if (pinned) return;  // a pinned buffer has copied it
    chunk = std::move(owned);
  }
  void keep() {
    buffer.keep();
    chunk.reset();
  }

  FrameBuffer buffer;
  Bytes model;
  std::unique_ptr<Bytes> chunk;
  bool pinned = false;
};

TEST(FrameBuffer, AgreesWithAStringUnderRandomOperations) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    const auto someBytes = [&](std::size_t most) {
      Bytes bytes(upTo(most), ' ');
      for (char& c : bytes) c = static_cast<char>('a' + upTo(2));
      return bytes;
    };
    Pair pair;
    FrameBuffer& buffer = pair.buffer;
    Bytes& model = pair.model;
    for (int step = 0; step < 500; ++step) {
      switch (upTo(7)) {
        case 0:
          pair.append(someBytes(40));
          break;
        case 1:
          pair.keep();
          break;
        case 2: {
          const std::size_t count = upTo(model.size());
          ASSERT_EQ(buffer.front(count), model.substr(0, count));
          break;
        }
        case 3: {
          const std::size_t count = upTo(std::min<std::size_t>(model.size(), 30));
          buffer.consume(count);
          model.erase(0, count);
          break;
        }
        case 4: {
          Bytes pattern = someBytes(3) + "a";
          const std::size_t from = upTo(model.size());
          ASSERT_EQ(buffer.find(pattern, from), model.find(pattern, from)) << pattern;
          break;
        }
        case 5: {  // a callback is shown a frame, and more comes meanwhile
          const std::size_t count = upTo(model.size());
          const BytesView frame = buffer.front(count);
          const Bytes copy(frame);
          buffer.consume(count);
          model.erase(0, count);
          buffer.pin();
          pair.pinned = true;
          for (std::size_t i = upTo(2); i > 0; --i) pair.append(someBytes(100));
          if (upTo(3) == 0) {
            ASSERT_EQ(buffer.takeAll(), model);
            model.clear();
          }
          ASSERT_EQ(frame, copy);
          buffer.unpin();
          pair.pinned = false;
          break;
        }
        case 6: {  // a callback gives the end of what it was shown back
          if (model.empty()) break;
          const BytesView all = buffer.all();
          buffer.clear();
          const BytesView extra = all.substr(upTo(all.size() - 1));
          buffer.pin();
          ASSERT_TRUE(buffer.giveBack(extra));
          buffer.unpin();
          model = Bytes(extra);
          break;
        }
        default: {
          const BytesView piece = buffer.firstPiece();
          ASSERT_EQ(piece.empty(), model.empty());
          ASSERT_TRUE(BytesView(model).starts_with(piece));
        }
      }
      ASSERT_EQ(buffer.size(), model.size());
    }
    ASSERT_EQ(buffer.all(), model);
  }
}

}  // namespace
}  // namespace plait
