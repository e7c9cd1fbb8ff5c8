#include <gtest/gtest.h>

#include <plait/core/failure.hpp>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/intstring/stateful_string_protocol.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>

#include "../support/recorded_log.hpp"
#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

struct Conversation : StatefulStringProtocol<Int8StringReceiver> {
  Conversation() {
    onState("init", [this](BytesView text) {
      events.push_back("init:" + Bytes(text));
      return "foo";
    });
    onState("foo", [this](BytesView text) {
      events.push_back("foo:" + Bytes(text));
      return text == "again" ? "foo" : text == "nowhere" ? "nowhere" : "done";
    });
  }
  Events events;
};

TEST(StatefulStringProtocol, CallsTheHandlerOfItsState) {
  expectForEverySplit({"init:a", "foo:b", "lose"}, {"\1a\1b\1c"},
                      [] { return std::make_shared<Conversation>(); });
}

TEST(StatefulStringProtocol, MayStayInAState) {
  expectForEverySplit({"init:a", "foo:again", "foo:again", "open"}, {"\1a\5again\5again"},
                      [] { return std::make_shared<Conversation>(); });
}

TEST(StatefulStringProtocol, TellsItsState) {
  auto conversation = std::make_shared<Conversation>();
  conversation->makeConnection(std::make_shared<StringTransport>());
  EXPECT_EQ(conversation->state(), "init");
  feed(*conversation, "\1a");
  EXPECT_EQ(conversation->state(), "foo");
  feed(*conversation, "\1b");
  EXPECT_EQ(conversation->state(), "done");
}

TEST(StatefulStringProtocol, EndsTheConnectionInAStateWithoutHandler) {
  Clock clock;
  RecordedLog log;
  auto conversation = std::make_shared<Conversation>();
  auto client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection(clock, conversation, client, {.log = &log.log});
  client->transport().write("\1a\7nowhere\1x");
  connection.flush();
  EXPECT_EQ(conversation->events, (Events{"init:a", "foo:nowhere"}));
  EXPECT_TRUE(connection.over());
  EXPECT_EQ(log.failures(), std::vector<std::string>{"no handler for state nowhere"});
}

TEST(StatefulStringProtocol, ReplacesAHandler) {
  struct Changed : Conversation {
    Changed() {
      onState("init", [](BytesView) { return "done"; });
    }
  };
  auto conversation = std::make_shared<Changed>();
  EXPECT_EQ(eventsOf(conversation, {"\1a"}), (Events{"lose"}));
}

TEST(StatefulStringProtocol, HandlersMayReplaceThemselves) {
  struct Learner : StatefulStringProtocol<Int8StringReceiver> {
    Learner() {
      onState("init", [this, first = std::string(100, 'x')](BytesView) {
        onState("init", [](BytesView) { return "done"; });
        return first.empty() ? "done" : "init";
      });
    }
  };
  auto transport = std::make_shared<testing::StringTransport>();
  auto learner = std::make_shared<Learner>();
  learner->makeConnection(transport);
  learner->dataReceived(BytesView("\1a", 2));
  EXPECT_FALSE(transport->disconnecting());
  learner->dataReceived(BytesView("\1b", 2));
  EXPECT_TRUE(transport->disconnecting());
}

}  // namespace
}  // namespace plait::testing
