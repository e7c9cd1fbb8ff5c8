#include <gmock/gmock.h>

#include <plait/tls/detail/tls_failure.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "support/client_of.hpp"
#include "support/errors.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// --- Protocols over TLS --------------------------------------------------------------------------

/// What is negotiated by a server and a client with these protocols; empty: none.
std::string protocolOf(std::vector<std::string> server, std::vector<std::string> client) {
  const auto context = serverTLS(
      {.certificates = {testServerCertificate()}, .acceptableProtocols = std::move(server)});
  const Handshake handshake(*clientOf("example.com", {.acceptableProtocols = std::move(client)}),
                            *context);
  EXPECT_TRUE(handshake.succeeded());
  return handshake.protocol();
}

TEST(ServerTLSSettings, TakeTheProtocolThatTheServerLikesBest) {
  EXPECT_EQ(protocolOf({"h2", "http/1.1"}, {"http/1.1", "h2"}), "h2");
  EXPECT_EQ(protocolOf({"h2", "http/1.1"}, {"x", "http/1.1"}), "http/1.1");
}

TEST(ServerTLSSettings, TakeNoProtocolWhenOneSideHasNone) {
  EXPECT_EQ(protocolOf({"h2"}, {}), "");
  EXPECT_EQ(protocolOf({}, {"h2"}), "");
}

TEST(ServerTLSSettings, RefuseClientsThatOfferOnlyOtherProtocols) {
  const auto server =
      serverTLS({.certificates = {testServerCertificate()}, .acceptableProtocols = {"h2"}});
  const Handshake handshake(*clientOf("example.com", {.acceptableProtocols = {"spdy/1"}}), *server);
  EXPECT_EQ(handshake.clientError(),
            "TLS with example.com failed: the peer refused: no application protocol");
  EXPECT_EQ(handshake.serverError(), "TLS failed: no application protocol");
}

TEST(ServerTLSSettings, HaveProtocolNamesOfOneTo255Bytes) {
  EXPECT_EQ(protocolOf({std::string(255, 'x')}, {std::string(255, 'x')}), std::string(255, 'x'));
  const auto with = [](std::string protocol) {
    serverTLS({.certificates = {testServerCertificate()}, .acceptableProtocols = {protocol}});
  };
  EXPECT_EQ(errorOf<std::invalid_argument>([&] { with(""); }),
            "acceptableProtocols: \"\" does not have 1 to 255 bytes");
  EXPECT_THAT(errorOf<std::invalid_argument>([&] { with(std::string(256, 'x')); }),
              HasSubstr("does not have 1 to 255 bytes"));
}

// --- Versions and ciphers ------------------------------------------------------------------------

TEST(ServerTLSSettings, AllowTLS12) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com", {.maximumVersion = TLSVersion::TLSv1_2});
  EXPECT_EQ(Handshake(*client, *server).version(), "TLSv1.2");
  EXPECT_EQ(Handshake(*clientOf("example.com"), *server).version(), "TLSv1.3");
}

TEST(ServerTLSSettings, RefuseVersionsBelowTheMinimum) {
  const auto server =
      serverTLS({.certificates = {testServerCertificate()}, .minimumVersion = TLSVersion::TLSv1_3});
  const auto client = clientOf("example.com", {.maximumVersion = TLSVersion::TLSv1_2});
  const Handshake handshake(*client, *server);
  EXPECT_EQ(handshake.serverError(), "TLS failed: unsupported protocol");
  EXPECT_EQ(handshake.clientError(),
            "TLS with example.com failed: the peer refused: protocol version");
}

TEST(ServerTLSSettings, AllowNothingOlderThanTLS12) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const detail::SslHandle session = server->open();
  EXPECT_EQ(SSL_get_min_proto_version(session.get()), TLS1_2_VERSION);
}

TEST(ServerTLSSettings, RefuseToNegotiateAgain) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com", {.maximumVersion = TLSVersion::TLSv1_2});
  const Handshake handshake(*client, *server);
  SSL_clear_options(handshake.client(), SSL_OP_NO_RENEGOTIATION);
  ASSERT_EQ(SSL_renegotiate(handshake.client()), 1);
  char byte;
  SSL_do_handshake(handshake.client());
  EXPECT_EQ(SSL_read(handshake.server(), &byte, 1), -1);
  EXPECT_EQ(SSL_do_handshake(handshake.client()), -1);
  EXPECT_EQ(detail::tlsFailure(handshake.client()).getErrorMessage(),
            "TLS with example.com failed: no renegotiation");
}

TEST(ServerTLSSettings, HaveOnlyCiphersWithForwardSecrecyAndAuthenticatedEncryption) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const detail::SslHandle session = server->open();
  for (int i = 0; const char* cipher = SSL_get_cipher_list(session.get(), i); ++i) {
    const std::string_view name = cipher;
    EXPECT_TRUE(name.starts_with("TLS_") || name.starts_with("ECDHE-")) << name;
    EXPECT_TRUE(name.find("GCM") != name.npos || name.find("CHACHA20") != name.npos) << name;
  }
}

TEST(ServerTLSSettings, TakeTheCiphersInTheServersOrder) {
  constexpr const char* first = "ECDHE-ECDSA-CHACHA20-POLY1305";
  constexpr const char* second = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const auto server = serverTLS({.certificates = {testServerCertificate()},
                                 .maximumVersion = TLSVersion::TLSv1_2,
                                 .ciphers = std::string(first) + ":" + second});
  const auto client = clientOf("example.com", {.ciphers = std::string(second) + ":" + first});
  EXPECT_STREQ(SSL_get_cipher_name(Handshake(*client, *server).client()), first);
}

TEST(ServerTLSSettings, TakeTheCipherSuitesOfTLS13Given) {
  const auto server = serverTLS(
      {.certificates = {testServerCertificate()}, .cipherSuites = "TLS_CHACHA20_POLY1305_SHA256"});
  EXPECT_STREQ(SSL_get_cipher_name(Handshake(*clientOf("example.com"), *server).client()),
               "TLS_CHACHA20_POLY1305_SHA256");
}

TEST(ServerTLSSettings, ThatMakeNoSenseAreNamed) {
  const std::vector certificates{testServerCertificate()};
  EXPECT_EQ(errorOf<std::invalid_argument>(
                [&] { serverTLS({.certificates = certificates, .ciphers = "ROT13"}); }),
            "ciphers \"ROT13\": no cipher match");
  EXPECT_THAT(errorOf<std::invalid_argument>(
                  [&] { serverTLS({.certificates = certificates, .cipherSuites = "ROT13"}); }),
              StartsWith("cipherSuites \"ROT13\": "));
  EXPECT_EQ(errorOf<std::invalid_argument>([&] {
              serverTLS({.certificates = certificates,
                         .minimumVersion = TLSVersion::TLSv1_3,
                         .maximumVersion = TLSVersion::TLSv1_2});
            }),
            "minimumVersion of TLS is above maximumVersion");
  EXPECT_EQ(errorOf<std::invalid_argument>(
                [&] { serverTLS({.certificates = certificates, .handshakeTimeout = -1s}); }),
            "handshakeTimeout is negative");
}

TEST(ServerTLSSettings, GiveHandshakes30SecondsUnlessToldOtherwise) {
  const std::vector certificates{testServerCertificate()};
  EXPECT_EQ(serverTLS({.certificates = certificates})->handshakeTimeout(), 30s);
  EXPECT_EQ(serverTLS({.certificates = certificates, .handshakeTimeout = 0s})->handshakeTimeout(),
            0s);
}

}  // namespace
}  // namespace plait::testing
