#include <plait/deferred/deferred.hpp>
#include <plait/netstring/netstring_dialogue.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/logged_errors.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/string_transport.hpp>

#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

/// Notes the strings, each behind a gate if it has one, and how it ended.
struct Noting : NetstringDialogue {
  Deferred<void> dialogue() override {
    try {
      for (;;) {
        events.push_back(co_await strings.next());
        if (gated) co_await gate();
      }
    } catch (const ConnectionClosed&) {
      events.push_back(Failure().typeName());
      throw;
    }
  }
  Deferred<void> gate() { return gates.emplace_back(); }
  void open() { gates.back().callback(); }

  Events events;
  bool gated = false;
  std::vector<Deferred<void>> gates;
};

struct NetstringDialogueTest : ::testing::Test {
  void connect() { protocol->makeConnection(transport); }
  void lose(const Failure& reason = connectionDone()) {
    transport->setConnected(false);
    protocol->connectionLost(reason);
  }
  void TearDown() override { EXPECT_TRUE(errors.empty()); }

  LoggedErrors errors;
  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Noting> protocol = std::make_shared<Noting>();
};

TEST_F(NetstringDialogueTest, TakesStringsOneByOne) {
  connect();
  feed(*protocol, "3:one,0:,5:th");
  feed(*protocol, "ree,");
  EXPECT_EQ(protocol->events, (Events{"one", "", "three"}));
  lose();
  EXPECT_EQ(protocol->events.back(), "plait::ConnectionDone");
}

TEST_F(NetstringDialogueTest, ReadsNothingWhileNobodyWaits) {
  protocol->gated = true;
  connect();
  feed(*protocol, "3:one,3:two,");
  EXPECT_EQ(protocol->events, Events{"one"});
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  protocol->open();
  EXPECT_EQ(protocol->events, (Events{"one", "two"}));
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  protocol->open();
  EXPECT_EQ(transport->reading(), StringTransport::Reading::producing);
  lose();
}

TEST_F(NetstringDialogueTest, HoldsItsPeerBack) {
  Clock clock;
  auto client = std::make_shared<RecordingProtocol>();
  protocol->gated = true;
  MemoryConnection connection(clock, protocol, client, {.pipeCapacity = 10});
  for (int i = 0; i < 10; ++i) client->transport().write("5:hello,");
  connection.flush();
  EXPECT_GT(client->transport().bufferedBytes(), 50u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(protocol->events.size(), i + 1u);
    protocol->open();
    connection.flush();
  }
  EXPECT_EQ(client->transport().bufferedBytes(), 0u);
  client->transport().loseConnection();
  connection.flush();
  EXPECT_EQ(protocol->events.back(), "plait::ConnectionDone");
}

TEST_F(NetstringDialogueTest, EndsWithTheConnectionsReasonOnMalformedInput) {
  Clock clock;
  auto client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection(clock, protocol, client);
  client->transport().write("3:one,03:two,3:six,");
  connection.flush();
  EXPECT_EQ(protocol->events, (Events{"one", "plait::ConnectionDone"}));
  EXPECT_TRUE(connection.over());
}

TEST_F(NetstringDialogueTest, SaysTheSameHoweverItsInputIsCut) {
  forEverySplit("3:one,0:,10:0123456789,3:,:,,x", [](const Chunks& chunks) {
    auto transport = std::make_shared<StringTransport>();
    auto protocol = std::make_shared<Noting>();
    protocol->makeConnection(transport);
    for (const Bytes& chunk : chunks) feed(*protocol, chunk);
    EXPECT_EQ(protocol->events, (Events{"one", "", "0123456789", ",:,"}));
    EXPECT_TRUE(transport->disconnecting());
    transport->setConnected(false);
    protocol->connectionLost(connectionDone());
    EXPECT_EQ(protocol->events.back(), "plait::ConnectionDone");
  });
}

/// What is written is not taken: the coroutine waits for that when the connection goes.
struct Flooding : NetstringDialogue {
  Deferred<void> dialogue() override {
    for (;;) {
      sendString("much");
      co_await transport().drained();
    }
  }
};

TEST_F(NetstringDialogueTest, IsLostWithoutAWordInTheLogWhileItWaitsForItsPeerToRead) {
  Clock clock;
  auto client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection(clock, std::make_shared<Flooding>(), client, {.pipeCapacity = 4});
  client->transport().pauseProducing();
  connection.flush();
  connection.cut();
  connection.flush();
  EXPECT_TRUE(connection.over());
}

}  // namespace
}  // namespace plait::testing
