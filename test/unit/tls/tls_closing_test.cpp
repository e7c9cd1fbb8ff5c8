// The ends of a connection that TLS has not failed on.
#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

TEST_F(TLSTest, ClosesCleanlyOnBothEndsAfterTheLastByte) {
  connectAndShake();
  server->transport().write(pattern(200'000));
  server->transport().loseConnection();
  server->transport().write("too late");
  flush();
  EXPECT_TRUE(client->data == pattern(200'000));
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_EQ(server->lost + client->lost, 2);
  EXPECT_TRUE(connection->over());
}

TEST_F(TLSTest, GivesTheReasonItWasClosedWith) {
  connectAndShake();
  std::optional<Failure> below;
  connection->onLost(connection->server(), [&](const Failure& reason) { below = reason; });
  server->transport().loseConnection(Failure(std::runtime_error("enough")));
  flush();
  EXPECT_EQ(server->message(), "enough");
  ASSERT_TRUE(below);
  EXPECT_EQ(below->getErrorMessage(), "enough");
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(TLSTest, SendsWhatWasPendingWhenThePeerCloses) {
  options.pipeCapacity = 100;
  connectAndShake();
  server->transport().write(Bytes(10'000, 'r'));
  client->transport().loseWriteConnection();
  flush();
  EXPECT_EQ(client->data.size(), 10'000u);
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(TLSTest, ClosesAtOnceWhenNothingWasWrittenBeforeTheHandshake) {
  client->whenMade = [&] { client->transport().loseConnection(); };
  connect();
  flush();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<TLSError>()) << server->message();
  EXPECT_THAT(server->message(), HasSubstr("closed the connection during the TLS handshake"));
  EXPECT_TRUE(connection->over());
}

TEST_F(TLSTest, ShakesHandsFirstWhenSomethingWasWrittenBeforeAClose) {
  for (const auto& end : {server, client}) {
    end->whenMade = [&e = *end] {
      e.transport().write(e.name);
      e.transport().loseWriteConnection();
    };
  }
  connect();
  flush();
  EXPECT_EQ(server->data, "client");
  EXPECT_EQ(client->data, "server");
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST_F(TLSTest, WaitsForAProducerBeforeItCloses) {
  connectAndShake();
  Journal journal;
  ScriptedPush producer(journal);
  server->transport().registerProducer(producer);
  server->transport().loseConnection();
  flush();
  EXPECT_FALSE(server->reason);
  server->transport().write("from the producer");
  server->transport().unregisterProducer();
  flush();
  EXPECT_EQ(client->data, "from the producer");
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(TLSTest, ResetsTheOtherEndWhenItAborts) {
  connectAndShake();
  client->transport().write("never arrives");
  client->transport().abortConnection();
  EXPECT_FALSE(client->reason) << "never from inside the call";
  flush();
  EXPECT_TRUE(client->lostWith<ConnectionAborted>()) << client->message();
  EXPECT_EQ(server->reason->typeName(), "plait::ConnectionLost");
  EXPECT_EQ(server->data, "");
}

TEST_F(TLSTest, ClosesInOrderWhenTheTransportBelowIsToldTo) {
  connectAndShake();
  client->transport().write("still to be sent");
  connection->client().loseConnection();  // as Connector::disconnect and a stopping reactor do
  flush();
  EXPECT_EQ(server->data, "still to be sent");
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST_F(TLSTest, EndsWhenTheTransportBelowIsToldToDuringTheHandshake) {
  connect();
  client->transport().write("cannot be sent");
  connection->client().loseConnection();
  flush();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<TLSError>()) << server->message();
}

TEST_F(TLSTest, LosesBothEndsWhenTheWireIsCut) {
  connectAndShake();
  connection->cut();
  flush();
  EXPECT_EQ(client->reason->typeName(), "plait::ConnectionLost");
  EXPECT_EQ(server->reason->typeName(), "plait::ConnectionLost");
}

TEST_F(HalfCloseableTLSTest, ClosesHalfByHalf) {
  connectAndShake();
  client->transport().write("question");
  client->transport().loseWriteConnection();
  flush();
  EXPECT_THAT(takeNotes(), ElementsAre("client write lost", "server data", "server read lost"));
  EXPECT_EQ(server->data, "question");
  server->transport().write(pattern(100'000));
  flush();
  EXPECT_TRUE(client->data == pattern(100'000));
  notes.clear();
  server->transport().loseConnection();
  flush();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_THAT(notes, ElementsAre("server lost plait::ConnectionDone", "client read lost",
                                 "client lost plait::ConnectionDone"));
}

TEST_F(HalfCloseableTLSTest, ClosesTheSendingHalfBeforeTheHandshake) {
  client->whenMade = [&] { client->transport().loseWriteConnection(); };
  connect();
  flush();
  EXPECT_FALSE(client->reason);
  EXPECT_FALSE(server->reason);
  EXPECT_THAT(notes, ::testing::Contains("server read lost"));
  server->transport().write("still heard");
  flush();
  EXPECT_EQ(client->data, "still heard");
}

}  // namespace
}  // namespace plait::testing
