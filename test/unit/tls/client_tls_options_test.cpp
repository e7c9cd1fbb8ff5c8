#include <gmock/gmock.h>

#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "../support/test_certificates.hpp"
#include "support/errors.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::shared_ptr<TLSContext> clientOf(std::string_view hostname, ClientTLSOptions options = {}) {
  options.trust = testAuthority().trust();
  return optionsForClientTLS(hostname, std::move(options));
}

std::shared_ptr<ServerTLSContext> serverWith(const CertificateContent& content) {
  return serverTLS({.certificates = {testAuthority().issue(content).get()}});
}

/// What a client of `hostname` says to a certificate with these names; empty: accepted.
std::string verdict(std::string_view hostname, std::vector<std::string> names) {
  const auto server = serverWith({.names = std::move(names)});
  return Handshake(*clientOf(hostname), *server).clientError();
}

TEST(ClientTLS, AcceptsACertificateForTheNameItAskedFor) {
  EXPECT_EQ(verdict("example.com", {"example.com"}), "");
  EXPECT_EQ(verdict("EXAMPLE.com", {"other.example", "Example.COM"}), "");
  EXPECT_EQ(verdict("example.com.", {"example.com"}), "");
}

TEST(ClientTLS, RefusesACertificateForAnotherNameAndTellsBoth) {
  EXPECT_EQ(verdict("example.com", {"a.example", "*.b.example"}),
            "certificate of example.com was not accepted: hostname mismatch (it is for a.example, "
            "*.b.example)");
}

TEST(ClientTLS, TellsThatTheOtherSideWasRefused) {
  const auto server = serverWith({.names = {"a.example"}});
  const Handshake handshake(*clientOf("example.com"), *server);
  EXPECT_TRUE(handshake.clientFailure()->check<TLSVerificationError>());
  EXPECT_EQ(handshake.serverError(), "TLS failed: the peer refused: bad certificate");
}

TEST(ClientTLS, DoesNotTakeTheCommonNameForAHost) {
  const auto server = serverWith({.commonName = "example.com"});
  EXPECT_EQ(Handshake(*clientOf("example.com"), *server).clientError(),
            "certificate of example.com was not accepted: hostname mismatch (it is for nobody (it "
            "has no subjectAltName))");
}

TEST(ClientTLS, TakesAWildcardForOneWholeLabel) {
  EXPECT_EQ(verdict("www.example.com", {"*.example.com"}), "");
  EXPECT_THAT(verdict("example.com", {"*.example.com"}), HasSubstr("hostname mismatch"));
  EXPECT_THAT(verdict("a.www.example.com", {"*.example.com"}), HasSubstr("hostname mismatch"));
  EXPECT_THAT(verdict("www1.example.com", {"www*.example.com"}), HasSubstr("hostname mismatch"));
}

TEST(ClientTLS, LooksForAddressesAmongAddresses) {
  EXPECT_EQ(verdict("192.0.2.1", {"192.0.2.1"}), "");
  EXPECT_EQ(verdict("2001:db8::1", {"2001:DB8:0::1"}), "");
  EXPECT_EQ(verdict("fe80::1%lo", {"fe80::1"}), "");
  EXPECT_EQ(verdict("192.0.2.2", {"192.0.2.1"}),
            "certificate of 192.0.2.2 was not accepted: IP address mismatch (it is for 192.0.2.1)");
}

TEST(ClientTLS, AsksForNamesAndNotForAddresses) {
  const auto server = serverWith({.names = {"example.com", "192.0.2.1"}});
  const auto askedFor = [&](std::string_view hostname) {
    const Handshake handshake(*clientOf(hostname), *server);
    const char* name = SSL_get_servername(handshake.server(), TLSEXT_NAMETYPE_host_name);
    return std::string(name ? name : "none");
  };
  EXPECT_EQ(askedFor("Example.com."), "example.com");
  EXPECT_EQ(askedFor("192.0.2.1"), "none");
}

TEST(ClientTLS, AsksForInternationalNamesAsIDNAHasThem) {
  EXPECT_EQ(verdict("bücher.example", {"xn--bcher-kva.example"}), "");
  EXPECT_EQ(verdict("BÜCHER.example", {"xn--bcher-kva.example"}), "");
  EXPECT_EQ(verdict("xn--bcher-kva.example", {"xn--bcher-kva.example"}), "");
  EXPECT_THAT(verdict("bücher.example", {"bucher.example"}),
              HasSubstr("certificate of xn--bcher-kva.example was not accepted"));
}

TEST(ClientTLS, RefusesCertificatesOutOfTheirTime) {
  const auto old = serverWith({.names = {"example.com"}, .validFrom = -48h, .validUntil = -24h});
  EXPECT_THAT(Handshake(*clientOf("example.com"), *old).clientError(),
              MatchesRegex("certificate of example.com was not accepted: certificate has expired "
                           "\\([0-9]+-[0-9]+-[0-9]+\\)"));
  const auto early = serverWith({.names = {"example.com"}, .validFrom = 24h, .validUntil = 48h});
  EXPECT_THAT(Handshake(*clientOf("example.com"), *early).clientError(),
              HasSubstr("certificate is not yet valid ("));
}

TEST(ClientTLS, RefusesCertificatesThatVouchForThemselves) {
  const auto server = serverTLS({.certificates = {selfSigned({.names = {"example.com"}}).get()}});
  EXPECT_EQ(Handshake(*clientOf("example.com"), *server).clientError(),
            "certificate of example.com was not accepted: self-signed certificate");
}

TEST(ClientTLS, RefusesCertificatesIssuedByThoseWhoMayNot) {
  IssuedCertificate leaf = testAuthority().issue({.commonName = "leaf"});
  IssuedCertificate forged = TestAuthority("leaf").issue({.names = {"example.com"}});
  forged.chainPEM = leaf.certificatePEM;
  const auto server = serverTLS({.certificates = {forged.get()}});
  EXPECT_THAT(Handshake(*clientOf("example.com"), *server).clientError(),
              HasSubstr("certificate of example.com was not accepted: "));
}

TEST(ClientTLS, AcceptsAnyNameWhenToldTo) {
  const auto server = serverWith({.names = {"a.example"}});
  EXPECT_EQ(Handshake(*clientOf("example.com", {.verifyHostname = false}), *server).clientError(),
            "");
  const auto stranger = serverTLS({.certificates = {selfSigned({}).get()}});
  EXPECT_EQ(Handshake(*clientOf("example.com", {.verifyHostname = false}), *stranger).clientError(),
            "certificate of example.com was not accepted: self-signed certificate");
}

TEST(ClientTLS, AcceptsAnythingOnlyWhenToldToInsecurely) {
  const auto server = serverTLS({.certificates = {selfSigned({.names = {"a.example"}}).get()}});
  const auto client = clientOf("example.com", {.insecurelyAcceptAnyCertificate = true});
  EXPECT_TRUE(Handshake(*client, *server).succeeded());
}

TEST(ClientTLS, TrustsThePlatformUnlessToldOtherwise) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  EXPECT_THAT(Handshake(*optionsForClientTLS("example.com"), *server).clientError(),
              HasSubstr("certificate of example.com was not accepted: "));
}

TEST(ClientTLS, DoesNotTakeACertificateThatOpenSSLWouldRefuseLater) {
  const auto weak = testAuthority().issue({.commonName = "weak", .weakKey = true}).get();
  EXPECT_EQ(
      errorOf<std::invalid_argument>([&] { clientOf("example.com", {.clientCertificate = weak}); }),
      "the certificate of CN=weak cannot be used: ee key too small");
}

TEST(ClientTLS, NeedsAHostName) {
  EXPECT_EQ(errorOf<std::invalid_argument>([] { optionsForClientTLS(""); }),
            "TLS needs the name of the host it connects to, and it is empty");
}

TEST(ClientTLS, RefusesServersBelowItsMinimumVersion) {
  const auto server =
      serverTLS({.certificates = {testServerCertificate()}, .maximumVersion = TLSVersion::TLSv1_2});
  const auto client = clientOf("example.com", {.minimumVersion = TLSVersion::TLSv1_3});
  const Handshake handshake(*client, *server);
  EXPECT_FALSE(handshake.succeeded());
  EXPECT_EQ(handshake.clientError(),
            "TLS with example.com failed: the peer refused: protocol version");
}

TEST(ClientTLS, GivesHandshakes30SecondsUnlessToldOtherwise) {
  EXPECT_EQ(clientOf("example.com")->handshakeTimeout(), 30s);
  EXPECT_EQ(clientOf("example.com", {.handshakeTimeout = 5s})->handshakeTimeout(), 5s);
}

}  // namespace
}  // namespace plait::testing
