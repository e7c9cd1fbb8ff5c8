// What a protocol sees of TLS when all goes well.
#include <plait/testing/string_transport.hpp>

#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

class TLSVersions : public TLSTest, public ::testing::WithParamInterface<TLSVersion> {};
INSTANTIATE_TEST_SUITE_P(TLS, TLSVersions,
                         ::testing::Values(TLSVersion::TLSv1_2, TLSVersion::TLSv1_3),
                         [](const auto& version) {
                           return version.param == TLSVersion::TLSv1_2 ? "Version1_2"
                                                                       : "Version1_3";
                         });

TEST_P(TLSVersions, ConnectsFirstThenShakesHandsThenDelivers) {
  serverContext = testServerTLS(GetParam());
  client->whenMade = [&] { client->transport().write("hello"); };
  connect();
  EXPECT_THAT(takeNotes(), ElementsAre("server made", "client made"));
  flush();
  EXPECT_EQ(server->data, "hello");
  EXPECT_THAT(notes, ::testing::UnorderedElementsAre("client handshake", "server handshake",
                                                     "server data"));
  EXPECT_EQ(notes.back(), "server data");
}

TEST_P(TLSVersions, CarriesBytesBothWaysWhole) {
  serverContext = testServerTLS(GetParam());
  connectAndShake();
  const Bytes up = pattern(1'000'000);
  const Bytes down = pattern(700'001);
  client->transport().write(up);
  server->transport().write(down);
  flush();
  EXPECT_TRUE(server->data == up);
  EXPECT_TRUE(client->data == down);
}

TEST_P(TLSVersions, CarriesBytesThatComeOneByOne) {
  serverContext = testServerTLS(GetParam());
  options.largestChunk = 1;
  client->whenMade = [&] { client->transport().write("question"); };
  server->whenData = [&] {
    if (server->data != "question") return;
    server->transport().write("answer");
    server->transport().loseConnection();
  };
  connect();
  flush();
  EXPECT_EQ(client->data, "answer");
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST_P(TLSVersions, CarriesBytesThroughANarrowPipe) {
  serverContext = testServerTLS(GetParam());
  options.pipeCapacity = 7;
  connect();
  client->transport().write(pattern(50'000));
  client->transport().loseConnection();
  flush();
  EXPECT_TRUE(server->data == pattern(50'000));
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST_F(TLSTest, TellsWhatWasAgreed) {
  serverContext = serverTLS({.certificates = {testServerCertificate()},
                             .acceptableProtocols = {"echo", "chat"},
                             .clientTrust = testAuthority().trust()});
  clientContext = optionsForClientTLS("localhost", {.trust = testAuthority().trust(),
                                                    .clientCertificate = testClientCertificate(),
                                                    .acceptableProtocols = {"chat"}});
  connectAndShake();
  for (const auto& end : {server, client}) {
    EXPECT_EQ(end->tls().negotiatedProtocol(), "chat");
    EXPECT_EQ(end->tls().version(), "TLSv1.3");
    EXPECT_THAT(end->tls().cipher(), HasSubstr("TLS_"));
    EXPECT_FALSE(end->tls().sessionReused());
    EXPECT_EQ(end->tls().serverName(), "localhost");
  }
  EXPECT_EQ(*client->tls().peerCertificate(), testServerCertificate().certificate());
  EXPECT_EQ(*server->tls().peerCertificate(), testClientCertificate().certificate());
}

TEST_F(TLSTest, TellsItInHandshakeCompletedAndAfterTheLoss) {
  std::optional<Certificate> shown;
  client->whenHandshaken = [&] { shown = client->tls().peerCertificate(); };
  connectAndShake();
  EXPECT_TRUE(shown);
  EXPECT_FALSE(server->tls().peerCertificate());
  client->transport().abortConnection();
  flush();
  EXPECT_EQ(client->tls().peerCertificate(), shown);
  EXPECT_EQ(client->tls().version(), "TLSv1.3");
}

TEST_F(TLSTest, ResumesASession) {
  connectAndShake();
  client->transport().write("so that the tickets are read");
  server->transport().write("these too");
  flush();
  client->transport().loseConnection();
  flush();
  client = std::make_shared<TLSEnd>("client", notes);
  server = std::make_shared<TLSEnd>("server", notes);
  connectAndShake();
  EXPECT_TRUE(client->tls().sessionReused());
  EXPECT_TRUE(server->tls().sessionReused());
  EXPECT_TRUE(client->tls().peerCertificate());
}

TEST_F(TLSTest, HasTheAddressesAndOptionsOfTheTransportBelow) {
  options.transport.highWaterMark = 1234;
  connectAndShake();
  EXPECT_EQ(client->transport().getPeer(), options.server);
  EXPECT_EQ(client->transport().getHost(), options.client);
  EXPECT_EQ(client->transport().transportOptions().highWaterMark, 1234u);
  EXPECT_EQ(&client->transport().clock(), &clock);
  client->transport().loseConnection();
  flush();
  EXPECT_EQ(client->transport().getPeer(), options.server);
}

TEST_F(TLSTest, SetsTheOptionsOfTheSocketBelow) {
  const auto below = std::make_shared<StringTransport>();
  const auto wire = overTLS(clientContext, client);
  wire->makeConnection(below);
  client->transport().setTcpKeepAlive(true);
  client->transport().setTcpNoDelay(false);
  EXPECT_TRUE(below->getTcpKeepAlive());
  EXPECT_FALSE(below->getTcpNoDelay());
  EXPECT_TRUE(client->transport().getTcpKeepAlive());
  EXPECT_FALSE(client->transport().getTcpNoDelay());
  wire->connectionLost(connectionDone());
}

TEST_F(TLSTest, IsNotWhatATransportWithoutTLSIs) {
  connect();
  EXPECT_EQ(TLSTransport::of(connection->client()), nullptr);
  EXPECT_NE(TLSTransport::of(client->transport()), nullptr);
}

TEST_F(TLSTest, RunsOverTLS) {
  const auto outer = [&](auto& context, const auto& end) {
    return overTLS(context, overTLS(context, end));
  };
  connection = std::make_unique<MemoryConnection>(clock, outer(serverContext, server),
                                                  outer(clientContext, client), options);
  client->transport().write(pattern(300'000));
  flush();
  server->transport().write(pattern(200'000));
  server->transport().loseConnection();
  flush();
  EXPECT_TRUE(server->data == pattern(300'000));
  EXPECT_TRUE(client->data == pattern(200'000));
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_TRUE(connection->over());
}

}  // namespace
}  // namespace plait::testing
