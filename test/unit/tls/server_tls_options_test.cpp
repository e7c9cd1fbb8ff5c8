#include <gmock/gmock.h>

#include <atomic>
#include <plait/tls/server_tls_options.hpp>
#include <thread>

#include "support/client_of.hpp"
#include "support/errors.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

PrivateCertificate issue(std::vector<std::string> names) {
  return testAuthority().issue({.names = std::move(names)}).get();
}

std::string namesShownFor(std::string_view hostname, ServerTLSContext& server) {
  return Handshake(*clientOf(hostname), server).shownNames();
}

// --- Certificates, and who is shown which --------------------------------------------------------

TEST(ServerTLS, ShowsItsOnlyCertificateWhateverTheName) {
  const auto server = serverTLS({.certificates = {issue({"a.example"})}});
  EXPECT_EQ(namesShownFor("a.example", *server), "a.example");
  EXPECT_EQ(namesShownFor("b.example", *server), "a.example");
}

TEST(ServerTLS, ShowsTheCertificateForTheNameAskedFor) {
  const auto server = serverTLS({.certificates = {issue({"a.example"}), issue({"b.example"})}});
  EXPECT_EQ(namesShownFor("a.example", *server), "a.example");
  EXPECT_EQ(namesShownFor("B.Example", *server), "b.example");
}

TEST(ServerTLS, ShowsAWildcardForOneLabelOnly) {
  const auto server = serverTLS({.certificates = {issue({"a.example"}), issue({"*.b.example"})}});
  EXPECT_EQ(namesShownFor("x.b.example", *server), "*.b.example");
  EXPECT_EQ(namesShownFor("b.example", *server), "a.example");
  EXPECT_EQ(namesShownFor("y.x.b.example", *server), "a.example");
}

TEST(ServerTLS, PrefersANameToAWildcardAndTheFirstToALaterOne) {
  const auto server = serverTLS({.certificates = {issue({"*.b.example"}), issue({"x.b.example"}),
                                                  issue({"x.b.example", "later"})}});
  EXPECT_EQ(namesShownFor("x.b.example", *server), "x.b.example");
}

TEST(ServerTLS, ShowsTheFirstToThoseWhoAskForNoName) {
  const auto server = serverTLS(
      {.certificates = {issue({"a.example"}), issue({"127.0.0.1"})}, .refuseUnknownNames = true});
  EXPECT_EQ(namesShownFor("127.0.0.1", *server), "a.example");
}

TEST(ServerTLS, RefusesUnknownNamesWhenToldTo) {
  const auto server =
      serverTLS({.certificates = {issue({"a.example"})}, .refuseUnknownNames = true});
  EXPECT_EQ(namesShownFor("a.example", *server), "a.example");
  const Handshake refused(*clientOf("b.example"), *server);
  EXPECT_EQ(refused.clientError(),
            "TLS with b.example failed: the peer refused: unrecognized name");
}

TEST(ServerTLS, ShowsTheChainToo) {
  const auto leaf = testAuthority().intermediate("one").issue({.names = {"a.example"}}).get();
  const auto server = serverTLS({.certificates = {leaf}});
  EXPECT_TRUE(Handshake(*clientOf("a.example"), *server).succeeded());
}

TEST(ServerTLS, NeedsACertificate) {
  EXPECT_EQ(errorOf<std::invalid_argument>([] { serverTLS({}); }),
            "a TLS server without certificates");
}

TEST(ServerTLS, DoesNotTakeACertificateThatOpenSSLWouldRefuseLater) {
  const auto weak = testAuthority().issue({.commonName = "weak", .weakKey = true}).get();
  EXPECT_EQ(errorOf<std::invalid_argument>([&] { serverTLS({.certificates = {weak}}); }),
            "the certificate of CN=weak cannot be used: ee key too small");
}

// --- New certificates ----------------------------------------------------------------------------

TEST(ServerTLS, ShowsNewCertificatesFromThenOn) {
  const auto server = serverTLS({.certificates = {issue({"old.example"})}});
  const Handshake before(*clientOf("x.example"), *server);
  server->setCertificates({issue({"new.example"})});
  EXPECT_EQ(before.shownNames(), "old.example");
  EXPECT_EQ(namesShownFor("x.example", *server), "new.example");
}

TEST(ServerTLS, ResumesSessionsMadeBeforeTheNewCertificates) {
  const auto server = serverTLS({.certificates = {issue({"old.example"})}});
  const auto client = clientOf("x.example");
  EXPECT_FALSE(Handshake(*client, *server).resumed());
  server->setCertificates({issue({"new.example"})});
  EXPECT_TRUE(Handshake(*client, *server).resumed());
}

TEST(ServerTLS, KeepsItsCertificatesWhenTheNewOnesAreNoGood) {
  const auto server = serverTLS({.certificates = {issue({"old.example"})}});
  const auto weak = testAuthority().issue({.weakKey = true}).get();
  EXPECT_THROW(server->setCertificates({}), std::invalid_argument);
  EXPECT_THROW(server->setCertificates({issue({"new.example"}), weak}), std::invalid_argument);
  EXPECT_EQ(namesShownFor("x.example", *server), "old.example");
}

// --- Sessions and threads ------------------------------------------------------------------------

TEST(ServerTLS, ResumesNothingWhenToldNotTo) {
  const auto server =
      serverTLS({.certificates = {testServerCertificate()}, .sessionResumption = false});
  for (const TLSVersion version : {TLSVersion::TLSv1_2, TLSVersion::TLSv1_3}) {
    const auto client = clientOf("example.com", {.maximumVersion = version});
    EXPECT_TRUE(Handshake(*client, *server).succeeded());
    EXPECT_FALSE(Handshake(*client, *server).resumed());
  }
}

TEST(ServerTLS, ResumesOnlyItsOwnSessions) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto other = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com");
  EXPECT_TRUE(Handshake(*client, *server).succeeded());
  const Handshake elsewhere(*client, *other);
  EXPECT_TRUE(elsewhere.succeeded());
  EXPECT_FALSE(elsewhere.resumed());
}

TEST(ServerTLS, SessionsMayOutliveTheContext) {
  auto server = serverTLS({.certificates = {testServerCertificate()}});
  auto client = clientOf("example.com");
  detail::SslHandle clientEnd = client->open();
  detail::SslHandle serverEnd = server->open();
  server.reset();
  client.reset();
  EXPECT_TRUE(Handshake(std::move(clientEnd), std::move(serverEnd)).succeeded());
}

TEST(ServerTLS, ServesManyThreadsAtOnce) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com");
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int times = 0; times < 20; ++times) failed += !Handshake(*client, *server).succeeded();
    });
  }
  for (int times = 0; times < 20; ++times) server->setCertificates({testServerCertificate()});
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace plait::testing
