// What takes too long.
#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

TEST(TLSDeadline, AbortsACloseThatMakesNoProgress) {
  TLSRelay relay({.closeTimeout = 5s});
  relay.connectAndShake();
  relay.serverMedium->room = 0;
  relay.server->transport().write("nobody reads this");
  relay.server->transport().loseConnection();
  relay.serverMedium->run();
  relay.clock.advance(4s);
  relay.serverMedium->run();
  EXPECT_FALSE(relay.server->reason);
  relay.clock.advance(1s);
  relay.serverMedium->run();
  EXPECT_TRUE(relay.server->lostWith<CloseTimeout>()) << relay.server->message();
  EXPECT_THAT(relay.journal, ElementsAre("close reset", "medium lost"));
}

TEST(TLSDeadline, LetsACloseTakeItsTimeThatMakesProgress) {
  TLSRelay relay({.closeTimeout = 5s});
  relay.connectAndShake();
  relay.serverMedium->room = 0;
  relay.server->transport().write(Bytes(1000, 'x'));
  relay.server->transport().loseConnection();
  relay.serverMedium->run();
  for (int i = 0; i < 10; ++i) {
    relay.clock.advance(4s);
    relay.serverMedium->makeRoom(10);
    EXPECT_FALSE(relay.server->reason);
  }
  relay.serverMedium->makeRoom(SIZE_MAX);
  EXPECT_TRUE(relay.server->lostWith<ConnectionDone>()) << relay.server->message();
}

TEST(TLSDeadline, AbortsAHandshakeThatTakesTooLong) {
  TLSRelay relay;
  relay.connect();
  relay.clock.advance(29s);
  EXPECT_FALSE(relay.client->reason);
  relay.clock.advance(1s);
  relay.clientMedium->run();
  EXPECT_TRUE(relay.client->lostWith<TLSError>());
  EXPECT_EQ(relay.client->message(), "the TLS handshake with 1.2.3.4:5 took longer than 30 s");
  EXPECT_EQ(relay.client->lost, 1);
}

TEST(TLSDeadline, IsOverWithTheHandshake) {
  TLSRelay relay;
  relay.connectAndShake();
  EXPECT_EQ(relay.clock.pendingCalls(), 0u);
}

}  // namespace
}  // namespace plait::testing
