#include <gtest/gtest.h>

#include <functional>
#include <plait/core/errors.hpp>
#include <plait/core/framing_protocol.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>

#include "../support/recorded_log.hpp"
#include "../support/split_feed.hpp"

namespace plait {
namespace {

using testing::Events;
using testing::feed;
using testing::StringTransport;

/// The simplest framing: every two bytes are a message.
struct Pairs : FramingProtocol {
  void deliverFrames() override {
    while (mayDeliver() && input().size() >= 2) {
      const BytesView pair = input().take(2);
      deliver([&] {
        const Bytes copy(pair);
        events.push_back(copy);
        if (whenPair) whenPair(pair);
        EXPECT_EQ(pair, copy) << "the view has changed under the callback";
      });
    }
  }

  std::function<void(BytesView)> whenPair;
  Events events;
};

struct FramingProtocolTest : ::testing::Test {
  FramingProtocolTest() { pairs->makeConnection(transport); }

  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Pairs> pairs = std::make_shared<Pairs>();
};

TEST_F(FramingProtocolTest, DeliversTheSameForEverySplit) {
  testing::expectForEverySplit({"ab", "cd", "ef", "open"}, {"abcdefg"},
                               [] { return std::make_shared<Pairs>(); });
}

TEST_F(FramingProtocolTest, StopsInTheMiddleOfAChunkWhenPaused) {
  pairs->whenPair = [&](BytesView) { pairs->pauseProducing(); };
  feed(*pairs, "aabbcc");
  EXPECT_EQ(pairs->events, (Events{"aa"}));
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  pairs->resumeProducing();
  EXPECT_EQ(pairs->events, (Events{"aa", "bb"}));
  pairs->resumeProducing();
  EXPECT_EQ(pairs->events, (Events{"aa", "bb", "cc"}));
}

TEST_F(FramingProtocolTest, GoesOnWhenResumedFromInsideTheCallbackThatPaused) {
  pairs->whenPair = [&](BytesView) {
    pairs->pauseProducing();
    pairs->resumeProducing();
  };
  feed(*pairs, "aabbcc");
  EXPECT_EQ(pairs->events, (Events{"aa", "bb", "cc"}));
  EXPECT_EQ(transport->reading(), StringTransport::Reading::producing);
}

TEST_F(FramingProtocolTest, ResumesReadingWithoutInput) {
  pairs->pauseProducing();
  pairs->resumeProducing();
  EXPECT_EQ(transport->reading(), StringTransport::Reading::producing);
}

TEST_F(FramingProtocolTest, DeliversNothingMoreOnceClosing) {
  pairs->whenPair = [&](BytesView) { transport->loseConnection(); };
  feed(*pairs, "aabbcc");
  feed(*pairs, "dd");
  pairs->resumeProducing();
  EXPECT_EQ(pairs->events, (Events{"aa"}));
}

TEST_F(FramingProtocolTest, DeliversNothingMoreOnceAborted) {
  pairs->whenPair = [&](BytesView) { transport->abortConnection(); };
  feed(*pairs, "aabbcc");
  EXPECT_EQ(pairs->events, (Events{"aa"}));
}

TEST_F(FramingProtocolTest, LosesTheConnectionWhenStopped) {
  pairs->stopProducing();
  EXPECT_TRUE(transport->disconnecting());
}

TEST_F(FramingProtocolTest, QueuesWhatIsReceivedFromInsideACallback) {
  pairs->whenPair = [&](BytesView pair) {
    if (pair == "aa") {
      pairs->dataReceived("xx");
      pairs->dataReceived("yy");
    }
  };
  feed(*pairs, "aabbc");
  EXPECT_EQ(pairs->events, (Events{"aa", "bb", "cx", "xy"}));
  feed(*pairs, "!");
  EXPECT_EQ(pairs->events.back(), "y!");
}

TEST_F(FramingProtocolTest, KeepsItsInputUsableWhenACallbackThrows) {
  pairs->whenPair = [&](BytesView pair) {
    if (pair == "aa") throw std::runtime_error("no");
  };
  EXPECT_THROW(feed(*pairs, "aabbc"), std::runtime_error);
  EXPECT_EQ(pairs->events, (Events{"aa"}));
  feed(*pairs, "c");
  EXPECT_EQ(pairs->events, (Events{"aa", "bb", "cc"}));
}

TEST_F(FramingProtocolTest, BlamesItsOwnConnectionForWhatIsThrownWhileResuming) {
  pairs->whenPair = [&](BytesView pair) {
    if (pair == "aa") return pairs->pauseProducing();
    throw std::runtime_error("no");
  };
  feed(*pairs, "aabbcc");
  EXPECT_NO_THROW(pairs->resumeProducing());
  EXPECT_TRUE(transport->disconnecting());
  ASSERT_TRUE(transport->reason());
  EXPECT_EQ(transport->reason()->getErrorMessage(), "no");
  EXPECT_EQ(pairs->events, (Events{"aa", "bb"}));
}

TEST_F(FramingProtocolTest, SurvivesBeingLetGoWhileResuming) {
  pairs->pauseProducing();
  feed(*pairs, "aabb");
  Pairs& raw = *pairs;
  Events seen;
  raw.whenPair = [&](BytesView pair) {
    pairs.reset();
    seen.emplace_back(pair);
  };
  raw.resumeProducing();
  EXPECT_EQ(seen, (Events{"aa", "bb"}));
}

TEST(FramingProtocol, LosesOnlyItsOwnConnectionWhenACallbackThrows) {
  testing::Clock clock;
  testing::RecordedLog log;
  auto pairs = std::make_shared<Pairs>();
  auto client = std::make_shared<testing::RecordingProtocol>();
  pairs->whenPair = [](BytesView pair) {
    if (pair == "bb") throw std::runtime_error("bad pair");
  };
  testing::MemoryConnection connection(clock, pairs, client, {.log = &log.log});
  client->transport().write("aabbcc");
  connection.flush();
  EXPECT_EQ(pairs->events, (Events{"aa", "bb"}));
  EXPECT_TRUE(connection.over());
  EXPECT_NE(client->reason->check<ConnectionDone>(), nullptr);
  EXPECT_EQ(log.failures(), (std::vector<std::string>{"bad pair"}));
}

TEST(FramingProtocol, DeliversWhatIsLeftBeforeTheEndOfFile) {
  testing::Clock clock;
  auto pairs = std::make_shared<Pairs>();
  auto client = std::make_shared<testing::RecordingProtocol>();
  pairs->whenPair = [&](BytesView) { pairs->pauseProducing(); };
  testing::MemoryConnection connection(clock, pairs, client);
  client->transport().write("aabbcc");
  client->transport().loseConnection();
  for (const Events& expected : {Events{"aa"}, Events{"aa", "bb"}, Events{"aa", "bb", "cc"}}) {
    connection.flush();
    EXPECT_EQ(pairs->events, expected);
    EXPECT_TRUE(pairs->connected());
    pairs->resumeProducing();
  }
  connection.flush();
  EXPECT_TRUE(connection.over());
}

}  // namespace
}  // namespace plait
