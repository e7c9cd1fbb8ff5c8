// What pausing does to data that is on its way in.
#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

TEST_F(TLSTest, DeliversTheRecordsOfAChunkTogether) {
  connectAndShake();
  server->transport().write(Bytes(40'000, 'x'));
  flush();
  EXPECT_EQ(client->chunks, 1);
}

TEST_F(TLSTest, DeliversNothingWhilePaused) {
  connectAndShake();
  client->transport().pauseProducing();
  server->transport().write(pattern(500'000));
  flush();
  EXPECT_EQ(client->data, "");
  EXPECT_GT(server->transport().bufferedBytes(), 100'000u) << "nobody reads, so it is not sent";
  client->transport().resumeProducing();
  EXPECT_EQ(client->data, "") << "only from the loop";
  flush();
  EXPECT_TRUE(client->data == pattern(500'000));
}

TEST_F(TLSTest, KeepsWhatCameBehindThePause) {
  connectAndShake();
  client->whenData = [&] { client->transport().pauseProducing(); };
  server->transport().write(pattern(300'000));
  server->transport().loseConnection();
  std::size_t pauses = 0;
  while (flush(), !client->reason && pauses < 100) {
    const std::size_t before = client->data.size();
    flush();
    EXPECT_EQ(client->data.size(), before);
    client->transport().resumeProducing();
    ++pauses;
  }
  EXPECT_GT(pauses, 3u);
  EXPECT_TRUE(client->data == pattern(300'000));
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(TLSTest, GoesOnWhenPausedAndResumedInOneCallback) {
  connectAndShake();
  client->whenData = [&] {
    client->transport().pauseProducing();
    client->transport().resumeProducing();
  };
  server->transport().write(pattern(300'000));
  flush();
  EXPECT_TRUE(client->data == pattern(300'000));
}

TEST_F(TLSTest, ShakesHandsWhilePaused) {
  client->whenMade = [&] { client->transport().pauseProducing(); };
  server->whenMade = [&] { server->transport().pauseProducing(); };
  connect();
  client->transport().write("c");
  server->transport().write("s");
  flush();
  EXPECT_THAT(notes, ::testing::UnorderedElementsAre("server made", "client made",
                                                     "client handshake", "server handshake"));
  client->transport().resumeProducing();
  server->transport().resumeProducing();
  flush();
  EXPECT_EQ(client->data, "s");
  EXPECT_EQ(server->data, "c");
}

TEST_F(TLSTest, TellsTheEndOnlyWhenReadAgain) {
  connectAndShake();
  client->whenData = [&] { client->transport().pauseProducing(); };
  server->transport().write("last words");
  server->transport().loseConnection();
  flush();
  EXPECT_EQ(client->data, "last words");
  EXPECT_FALSE(client->reason);
  client->transport().resumeProducing();
  flush();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST(TLSRelay, TellsAFailureOnlyWhenReadAgain) {
  TLSRelay relay;
  relay.connectAndShake();
  relay.client->whenData = [&] { relay.client->transport().pauseProducing(); };
  relay.server->transport().write("good");
  relay.serverMedium->run();
  Bytes records = relay.takeSent(*relay.serverMedium);
  relay.server->transport().write("bad");
  relay.serverMedium->run();
  records += relay.takeSent(*relay.serverMedium);
  records.back() ^= 1;
  relay.clientMedium->give(records);
  EXPECT_EQ(relay.client->data, "good");
  EXPECT_EQ(relay.client->lost, 0) << "it may have kept some of what came before";
  relay.client->transport().resumeProducing();
  EXPECT_EQ(relay.client->lost, 0) << "only from the loop";
  relay.clientMedium->run();
  EXPECT_TRUE(relay.client->lostWith<TLSError>()) << relay.client->message();
}

TEST_F(TLSTest, DeliversNothingBehindAClose) {
  connectAndShake();
  client->whenData = [&] { client->transport().loseConnection(); };
  server->transport().write(Bytes(200'000, 'x'));
  flush();
  EXPECT_EQ(client->chunks, 1);
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(TLSTest, AnEchoReadsNoFasterThanItsPeer) {
  server->whenMade = [&] { server->transport().registerProducer(server->transport()); };
  server->whenData = [&] {
    server->transport().write(server->data);
    server->data.clear();
  };
  connectAndShake();
  client->transport().pauseProducing();
  client->transport().write(pattern(2'000'000));
  flush();
  EXPECT_LT(server->transport().bufferedBytes(), 400'000u);
  client->transport().resumeProducing();
  flush();
  EXPECT_TRUE(client->data == pattern(2'000'000));
  client->transport().loseConnection();
  flush();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST(TLSRelay, DeliversTheSameHoweverTheRecordsAreSplit) {
  TLSRelay relay;
  relay.connectAndShake();
  relay.server->transport().write("one");
  relay.serverMedium->run();
  relay.server->transport().write("two");
  relay.server->transport().loseConnection();
  relay.serverMedium->run();
  const Bytes all = TLSRelay::takeSent(*relay.serverMedium);
  ASSERT_EQ(records(all).size(), 3u);
  for (char byte : all) {
    relay.clientMedium->give(BytesView(&byte, 1));
  }
  EXPECT_EQ(relay.client->data, "onetwo");
  EXPECT_TRUE(relay.client->lostWith<ConnectionDone>()) << relay.client->message();
}

}  // namespace
}  // namespace plait::testing
