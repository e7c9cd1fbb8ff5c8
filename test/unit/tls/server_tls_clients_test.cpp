#include <gmock/gmock.h>

#include <plait/tls/server_tls_options.hpp>

#include "support/client_of.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

ServerTLSOptions askingClients() {
  return {.certificates = {testServerCertificate()}, .clientTrust = testAuthority().trust()};
}

TEST(ServerTLSClients, AreAcceptedWhenTheTrustVouchesForThem) {
  const auto server = serverTLS(askingClients());
  const auto client = clientOf("example.com", {.clientCertificate = testClientCertificate()});
  const Handshake handshake(*client, *server);
  EXPECT_TRUE(handshake.succeeded());
  EXPECT_EQ(handshake.shownByClient(), "CN=client");
}

TEST(ServerTLSClients, MayShowAChain) {
  const auto server = serverTLS(askingClients());
  const auto own = testAuthority().intermediate("one").issue({.commonName = "leaf"}).get();
  const auto client = clientOf("example.com", {.clientCertificate = own});
  EXPECT_EQ(Handshake(*client, *server).shownByClient(), "CN=leaf");
}

TEST(ServerTLSClients, AreRefusedWithoutACertificate) {
  const auto server = serverTLS(askingClients());
  const Handshake handshake(*clientOf("example.com"), *server);
  EXPECT_EQ(handshake.serverError(), "TLS failed: the peer has shown no certificate");
  EXPECT_EQ(handshake.clientError(),
            "TLS with example.com failed: the peer refused: certificate required");
}

TEST(ServerTLSClients, NeedNoCertificateWhenTheyAreOnlyAskedForIt) {
  ServerTLSOptions options = askingClients();
  options.requireClientCertificate = false;
  const auto server = serverTLS(options);
  EXPECT_TRUE(Handshake(*clientOf("example.com"), *server).succeeded());
  const auto client = clientOf("example.com", {.clientCertificate = testClientCertificate()});
  EXPECT_EQ(Handshake(*client, *server).shownByClient(), "CN=client");
}

TEST(ServerTLSClients, AreRefusedWithAStrangersCertificateEvenThen) {
  ServerTLSOptions options = askingClients();
  options.requireClientCertificate = false;
  const auto server = serverTLS(options);
  const auto stranger = TestAuthority("stranger").issue({.commonName = "mallory"}).get();
  const Handshake handshake(*clientOf("example.com", {.clientCertificate = stranger}), *server);
  EXPECT_EQ(handshake.serverError(),
            "certificate of the client was not accepted: unable to get local issuer certificate "
            "(issued by CN=stranger)");
  EXPECT_TRUE(handshake.serverFailure()->check<TLSVerificationError>());
  EXPECT_EQ(handshake.clientError(), "TLS with example.com failed: the peer refused: unknown CA");
  EXPECT_FALSE(handshake.clientFailure()->check<TLSVerificationError>());
}

TEST(ServerTLSClients, AreToldWhoseCertificatesWouldDo) {
  const auto server = serverTLS(askingClients());
  const Handshake handshake(*clientOf("example.com"), *server);
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(handshake.client());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  EXPECT_EQ(X509_NAME_cmp(sk_X509_NAME_value(names, 0),
                          X509_get_subject_name(testAuthority().certificate().native())),
            0);
}

TEST(ServerTLSClients, AreKnownByTheirCertificateWhenTheyResume) {
  const auto server = serverTLS(askingClients());
  const auto client = clientOf("example.com", {.clientCertificate = testClientCertificate()});
  EXPECT_FALSE(Handshake(*client, *server).resumed());
  const Handshake again(*client, *server);
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(again.shownByClient(), "CN=client");
}

TEST(ServerTLSClients, ShowNothingUnlessAsked) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com", {.clientCertificate = testClientCertificate()});
  EXPECT_EQ(Handshake(*client, *server).shownByClient(), "");
}

}  // namespace
}  // namespace plait::testing
