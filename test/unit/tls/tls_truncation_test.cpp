// A peer that goes without close_notify: the data may be cut short, and that is told.
#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

/// What a server sends that says "bye" and closes; and where the last record, close_notify, begins.
struct Closing {
  Closing() {
    relay.connectAndShake();
    relay.server->transport().write("bye");
    relay.server->transport().loseConnection();
    relay.serverMedium->run();
    bytes = TLSRelay::takeSent(*relay.serverMedium);
    const auto sizes = records(bytes);
    EXPECT_EQ(sizes.size(), 2u);
    notifyAt = static_cast<std::size_t>(sizes.at(0)) + 5;
  }
  TLSRelay relay;
  Bytes bytes;
  std::size_t notifyAt = 0;
};

TEST(TLSTruncation, IsTellableFromACloseAtEveryByte) {
  const std::size_t whole = Closing().bytes.size();
  for (std::size_t cut = 0; cut <= whole; ++cut) {
    SCOPED_TRACE(cut);
    Closing closing;
    TLSEnd& client = *closing.relay.client;
    closing.relay.clientMedium->give(closing.bytes.substr(0, cut));
    closing.relay.clientMedium->giveEOF();
    closing.relay.clientMedium->run();
    EXPECT_EQ(client.data, cut < closing.notifyAt ? "" : "bye");
    EXPECT_EQ(client.lostWith<ConnectionDone>(), cut == whole) << client.message();
    EXPECT_EQ(client.lostWith<TLSTruncated>(), cut < whole) << client.message();
    EXPECT_EQ(client.lost, 1);
  }
}

TEST(TLSTruncation, SendsWhatWasWrittenBefore) {
  TLSRelay relay;
  relay.connectAndShake();
  relay.client->transport().write("question");
  relay.clientMedium->run();
  relay.server->whenData = [&] { relay.server->transport().write("answer"); };
  relay.serverMedium->room = 0;
  relay.serverMedium->give(TLSRelay::takeSent(*relay.clientMedium));
  relay.serverMedium->giveEOF();
  EXPECT_FALSE(relay.server->reason);
  relay.serverMedium->makeRoom(SIZE_MAX);
  EXPECT_TRUE(relay.server->lostWith<TLSTruncated>());
  relay.clientMedium->give(TLSRelay::takeSent(*relay.serverMedium));
  EXPECT_EQ(relay.client->data, "answer");
  EXPECT_TRUE(relay.client->lostWith<ConnectionDone>()) << "of its own, the server says it";
}

TEST(TLSTruncation, StopsTheProducer) {
  TLSRelay relay;
  relay.connectAndShake();
  Journal journal;
  ScriptedPush producer(journal);
  relay.server->transport().registerProducer(producer);
  relay.serverMedium->giveEOF();
  EXPECT_THAT(journal, ElementsAre("stop"));
  EXPECT_TRUE(relay.server->lostWith<TLSTruncated>());
}

}  // namespace
}  // namespace plait::testing
