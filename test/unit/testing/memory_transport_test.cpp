#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/core/factory.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct HalfCloseableRecorder : RecordingProtocol, HalfCloseableProtocol {
  void readConnectionLost() override { ++readLost; }
  void writeConnectionLost() override { ++writeLost; }
  int readLost = 0;
  int writeLost = 0;
};

struct Ends {
  Clock clock;
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
};

TEST(MemoryConnection, ConnectsServerThenClient) {
  struct Noting : Protocol {
    Noting(std::string name, std::string& order) : name(std::move(name)), order(order) {}
    void connectionMade() override { order += name; }
    std::string name;
    std::string& order;
  };
  Clock clock;
  std::string order;
  MemoryConnection connection(clock, std::make_shared<Noting>("server ", order),
                              std::make_shared<Noting>("client", order));
  EXPECT_EQ(order, "server client");
  EXPECT_FALSE(connection.over());
}

TEST(MemoryConnection, MovesNothingUntilPumped) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client);
  ends.client->transport().write("abc");
  EXPECT_EQ(ends.server->data, "");
  EXPECT_TRUE(connection.flush());
  EXPECT_EQ(ends.server->data, "abc");
  EXPECT_FALSE(connection.pump());
}

TEST(MemoryConnection, KnowsBothAddressesOfBothEnds) {
  Ends ends;
  MemoryConnection connection(
      ends.clock, ends.server, ends.client,
      {.client = IPv4Address{{1, 1, 1, 1}, 1}, .server = IPv4Address{{2, 2, 2, 2}, 2}});
  EXPECT_EQ(toString(connection.server().getPeer()), "1.1.1.1:1");
  EXPECT_EQ(toString(connection.server().getHost()), "2.2.2.2:2");
  EXPECT_EQ(toString(connection.client().getPeer()), "2.2.2.2:2");
  EXPECT_EQ(toString(connection.client().getHost()), "1.1.1.1:1");
}

TEST(MemoryConnection, DeliversInChunksAsLargeAsAllowed) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client, {.largestChunk = 1});
  ends.client->transport().write("abcde");
  connection.flush();
  EXPECT_EQ(ends.server->data, "abcde");
  EXPECT_EQ(ends.server->chunks, 5);
}

TEST(MemoryConnection, HoldsNoMoreThanItsPipe) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client, {.pipeCapacity = 10});
  ends.server->transport().pauseProducing();
  ends.client->transport().write(Bytes(25, 'x'));
  EXPECT_TRUE(connection.flush());
  EXPECT_EQ(connection.client().bufferedBytes(), 15u);
  ends.server->transport().resumeProducing();
  EXPECT_TRUE(connection.flush());
  EXPECT_EQ(ends.server->data.size(), 25u);
}

TEST(MemoryConnection, EndsBothEndsCleanlyAfterAClose) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client);
  ends.server->transport().write("goodbye");
  ends.server->transport().loseConnection();
  connection.flush();
  EXPECT_TRUE(connection.over());
  EXPECT_EQ(ends.client->data, "goodbye");
  for (const auto& end : {ends.server, ends.client}) {
    EXPECT_EQ(end->lost, 1);
    EXPECT_NE(end->reason->check<ConnectionDone>(), nullptr);
  }
}

TEST(MemoryConnection, SendsWhatWasPendingWhenTheOtherEndCloses) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client, {.pipeCapacity = 4});
  ends.client->transport().loseWriteConnection();
  ends.server->transport().write(Bytes(1000, 'r'));
  connection.flush();
  EXPECT_EQ(ends.client->data.size(), 1000u);
  EXPECT_TRUE(connection.over());
}

TEST(MemoryConnection, ResetsTheOtherEndWhenOneAborts) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client);
  ends.client->transport().write("never arrives");
  ends.client->transport().abortConnection();
  connection.flush();
  EXPECT_NE(ends.client->reason->check<ConnectionAborted>(), nullptr);
  const auto* lost = ends.server->reason->check<ConnectionLost>();
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->osError, std::errc::connection_reset);
  EXPECT_EQ(ends.server->data, "");
}

TEST(MemoryConnection, LosesBothEndsWhenItsWireIsCut) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client);
  connection.cut();
  EXPECT_FALSE(connection.over());
  connection.flush();
  EXPECT_TRUE(connection.over());
  EXPECT_EQ(ends.server->reason->typeName(), "plait::ConnectionLost");
  EXPECT_EQ(ends.client->reason->typeName(), "plait::ConnectionLost");
}

TEST(MemoryConnection, AbortsBothEndsWhenItIsDestroyed) {
  Ends ends;
  { MemoryConnection connection(ends.clock, ends.server, ends.client); }
  EXPECT_EQ(ends.server->lost, 1);
  EXPECT_EQ(ends.client->lost, 1);
  EXPECT_NE(ends.client->reason->check<ConnectionAborted>(), nullptr);
}

TEST(MemoryConnection, ClosesHalfByHalf) {
  Clock clock;
  auto server = std::make_shared<HalfCloseableRecorder>();
  auto client = std::make_shared<HalfCloseableRecorder>();
  MemoryConnection connection(clock, server, client);
  client->transport().write("question");
  client->transport().loseWriteConnection();
  connection.flush();
  EXPECT_EQ(server->data, "question");
  EXPECT_EQ(server->readLost, 1);
  EXPECT_EQ(client->writeLost, 1);
  EXPECT_EQ(server->lost, 0);
  server->transport().write("answer");
  server->transport().loseConnection();
  connection.flush();
  EXPECT_EQ(client->data, "answer");
  EXPECT_EQ(client->readLost, 1);
  EXPECT_TRUE(connection.over());
}

TEST(MemoryConnection, CallsBackWhenAnEndIsLost) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client);
  std::string seen;
  connection.onLost(connection.client(), [&](const Failure& reason) {
    EXPECT_EQ(ends.client->lost, 1) << "the protocol comes first";
    seen += reason.typeName();
  });
  connection.cut();
  connection.flush();
  EXPECT_EQ(seen, "plait::ConnectionLost");
}

TEST(MemoryConnection, GivesUpOnAnEndlessConversation) {
  struct PingPong : Protocol {
    void connectionMade() override { transport().write("x"); }
    void dataReceived(BytesView data) override { transport().write(data); }
  };
  Clock clock;
  MemoryConnection connection(clock, std::make_shared<PingPong>(), std::make_shared<PingPong>());
  EXPECT_FALSE(connection.flush(50));
}

TEST(MemoryConnection, AbortsACloseThatNobodyReads) {
  Ends ends;
  MemoryConnection connection(ends.clock, ends.server, ends.client,
                              {.pipeCapacity = 4, .transport = {.closeTimeout = 5s}});
  ends.client->transport().pauseProducing();
  ends.server->transport().write("too much for the pipe");
  ends.server->transport().loseConnection();
  connection.flush();
  ends.clock.advance(5s);
  connection.flush();
  EXPECT_NE(ends.server->reason->check<CloseTimeout>(), nullptr);
  EXPECT_EQ(ends.client->reason->typeName(), "plait::ConnectionLost");
}

TEST(MemoryConnection, KeepsTheFactoryOfItsProtocolsUntilTheyAreLost) {
  Clock clock;
  auto factory = Factory::forProtocol<RecordingProtocol>();
  const std::weak_ptr<Factory> watch = factory;
  auto server = factory->makeProtocol(Address());
  MemoryConnection connection(clock, server, std::make_shared<RecordingProtocol>());
  factory.reset();
  EXPECT_EQ(&server->factory(), watch.lock().get());
  server->transport().loseConnection();
  connection.flush();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace plait::testing
