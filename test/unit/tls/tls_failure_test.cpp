// TLS that fails.
#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

TEST_F(TLSTest, TellsBothEndsOfACertificateThatIsNotAccepted) {
  clientContext =
      optionsForClientTLS("localhost", {.trust = TestAuthority("another authority").trust()});
  client->whenMade = [&] { client->transport().write("secret"); };
  connect();
  std::optional<Failure> below;
  connection->onLost(connection->client(), [&](const Failure& reason) { below = reason; });
  flush();
  EXPECT_TRUE(client->lostWith<TLSVerificationError>()) << client->message();
  EXPECT_THAT(client->message(), HasSubstr("localhost"));
  EXPECT_TRUE(server->lostWith<TLSError>()) << server->message();
  EXPECT_THAT(server->message(), HasSubstr("the peer refused: unknown CA"));
  EXPECT_EQ(server->data, "");
  EXPECT_TRUE(below && below->check<TLSVerificationError>()) << "a Connector's owner is told too";
  EXPECT_TRUE(connection->over());
}

TEST_F(TLSTest, IsNotTakenInByAnAuthorityOfTheSameName) {
  clientContext = optionsForClientTLS("localhost", {.trust = TestAuthority().trust()});
  connect();
  flush();
  EXPECT_TRUE(client->lostWith<TLSVerificationError>()) << client->message();
}

TEST_F(TLSTest, TellsAClientWithoutTheCertificateThatIsDemanded) {
  serverContext = serverTLS(
      {.certificates = {testServerCertificate()}, .clientTrust = testAuthority().trust()});
  connect();
  flush();
  EXPECT_TRUE(server->lostWith<TLSError>()) << server->message();
  EXPECT_TRUE(client->lostWith<TLSError>()) << client->message();
  EXPECT_THAT(client->message(), HasSubstr("the peer refused"));
}

TEST_F(TLSTest, TellsPeersThatShareNoVersion) {
  clientContext = optionsForClientTLS(
      "localhost", {.trust = testAuthority().trust(), .minimumVersion = TLSVersion::TLSv1_3});
  serverContext = testServerTLS(TLSVersion::TLSv1_2);
  connect();
  flush();
  EXPECT_TRUE(server->lostWith<TLSError>()) << server->message();
  EXPECT_TRUE(client->lostWith<TLSError>()) << client->message();
}

TEST_F(TLSTest, RefusesPlainTextInPlaceOfAHandshake) {
  auto plain = std::make_shared<TLSEnd>("plain", notes);
  plain->whenMade = [&] { plain->transport().write("GET / HTTP/1.0\r\n\r\n"); };
  connection = std::make_unique<MemoryConnection>(clock, overTLS(serverContext, server), plain);
  flush();
  EXPECT_TRUE(server->lostWith<TLSError>());
  EXPECT_THAT(server->message(), HasSubstr("sent plain text where a TLS handshake was expected"));
  EXPECT_TRUE(plain->lostWith<ConnectionDone>()) << plain->message();
  EXPECT_EQ(server->data, "");
}

TEST_F(TLSTest, RefusesPlainTextInPlaceOfAServersHandshake) {
  auto plain = std::make_shared<TLSEnd>("plain", notes);
  plain->whenMade = [&] { plain->transport().write("220 welcome\r\n"); };
  connection = std::make_unique<MemoryConnection>(clock, plain, overTLS(clientContext, client));
  flush();
  EXPECT_THAT(client->message(), HasSubstr("sent plain text where a TLS handshake was expected"));
  EXPECT_TRUE(connection->over());
}

/// Whatever the handshake's bytes are changed to, it ends, and nothing is delivered.
TEST(TLSHostile, EndsAHandshakeOfWhichAnyByteIsWrong) {
  for (std::size_t at = 0;; at += at < 64 ? 1 : 7) {
    SCOPED_TRACE(at);
    if (at == 2) continue;  // the minor version of a hello's record says nothing (RFC 8446, 5.1)
    TLSRelay relay;
    relay.client->whenMade = [&] { relay.client->transport().write("data"); };
    relay.connect();
    Bytes hello = TLSRelay::takeSent(*relay.clientMedium);
    if (at >= hello.size()) break;
    hello[at] = static_cast<char>(hello[at] ^ 0x55);
    relay.serverMedium->give(hello);
    relay.exchange();
    relay.clock.advance(30s);  // a wrong length waits for more
    relay.serverMedium->run();
    relay.clientMedium->run();
    EXPECT_TRUE(relay.server->lostWith<ConnectionLost>()) << relay.server->message();
    EXPECT_EQ(relay.server->data, "");
    EXPECT_EQ(relay.server->lost, 1);
  }
}

TEST(TLSHostile, EndsAConnectionOfWhichAnyByteIsWrong) {
  for (std::size_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    TLSRelay relay;
    relay.connectAndShake();
    relay.client->transport().write("this is data");
    relay.clientMedium->run();
    Bytes record = TLSRelay::takeSent(*relay.clientMedium);
    if (at >= record.size()) break;
    record[at] = static_cast<char>(record[at] ^ 0x55);
    relay.serverMedium->give(record);
    relay.serverMedium->giveEOF();
    EXPECT_TRUE(relay.server->lostWith<ConnectionLost>()) << relay.server->message();
    EXPECT_EQ(relay.server->data, "");
    EXPECT_EQ(relay.server->lost, 1);
  }
}

TEST(TLSHostile, DeliversWhatWasGoodBeforeABadRecord) {
  TLSRelay relay;
  relay.connectAndShake();
  relay.client->transport().write("good");
  relay.clientMedium->run();
  relay.serverMedium->give(TLSRelay::takeSent(*relay.clientMedium) +
                           Bytes("\x17\x03\x03\x00\x20", 5) + Bytes(32, 'x'));
  EXPECT_EQ(relay.server->data, "good");
  EXPECT_TRUE(relay.server->lostWith<TLSError>()) << relay.server->message();
  relay.clientMedium->give(TLSRelay::takeSent(*relay.serverMedium));
  EXPECT_TRUE(relay.client->lostWith<TLSError>()) << relay.client->message();
  EXPECT_THAT(relay.client->message(), HasSubstr("the peer refused"));
}

TEST(TLSHostile, EndsAConnectionAtGarbageOfAnyKind) {
  for (int first = 0; first < 256; ++first) {
    TLSRelay relay;
    relay.connect();
    relay.serverMedium->give(Bytes(1, static_cast<char>(first)) + pattern(40'000));
    relay.serverMedium->giveEOF();
    EXPECT_TRUE(relay.server->lostWith<ConnectionLost>()) << first << relay.server->message();
  }
}

}  // namespace
}  // namespace plait::testing
