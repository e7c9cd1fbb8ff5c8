#include <gmock/gmock.h>

#include <cstdlib>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/trust_root.hpp>

#include "../support/test_certificates.hpp"
#include "support/errors.hpp"
#include "support/handshake.hpp"
#include "support/temporary_directory.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;

/// What a client that trusts `trust` thinks of a server that shows `certificate`; empty: good.
std::string verdict(TrustRoot trust, const PrivateCertificate& certificate) {
  const auto server = serverTLS({.certificates = {certificate}});
  const auto client = optionsForClientTLS("example.com", {.trust = std::move(trust)});
  return Handshake(*client, *server).clientError();
}

TEST(TrustRoot, VouchesForThoseItsCertificatesHaveSigned) {
  const TestAuthority one("one");
  const TestAuthority other("other");
  const auto both = trustRootFromCertificates({one.certificate(), other.certificate()});
  EXPECT_EQ(verdict(both, one.issue({.names = {"example.com"}}).get()), "");
  EXPECT_EQ(verdict(both, other.issue({.names = {"example.com"}}).get()), "");
}

TEST(TrustRoot, VouchesForNobodyElse) {
  const TestAuthority stranger("stranger");
  EXPECT_EQ(verdict(testAuthority().trust(), stranger.issue({.names = {"example.com"}}).get()),
            "certificate of example.com was not accepted: unable to get local issuer certificate "
            "(issued by CN=stranger)");
}

TEST(TrustRoot, VouchesThroughIntermediatesThatAreShown) {
  const TestAuthority intermediate = testAuthority().intermediate("one").intermediate("two");
  EXPECT_EQ(verdict(testAuthority().trust(), intermediate.issue({.names = {"example.com"}}).get()),
            "");
}

TEST(TrustRoot, DoesNotVouchThroughIntermediatesThatAreNotShown) {
  IssuedCertificate issued =
      testAuthority().intermediate("hidden").issue({.names = {"example.com"}});
  issued.chainPEM.clear();
  EXPECT_EQ(verdict(testAuthority().trust(), issued.get()),
            "certificate of example.com was not accepted: unable to get local issuer certificate "
            "(issued by CN=hidden)");
}

TEST(TrustRoot, MayBeAnIntermediateAlone) {
  const TestAuthority intermediate = testAuthority().intermediate("one");
  EXPECT_EQ(verdict(intermediate.trust(), intermediate.issue({.names = {"example.com"}}).get()),
            "");
}

TEST(TrustRoot, MayBeTheCertificateOfOneServer) {
  const auto own = selfSigned({.names = {"example.com"}}).get();
  EXPECT_EQ(verdict(trustRootFromCertificates({own.certificate()}), own), "");
  const auto issued = testAuthority().issue({.names = {"example.com"}}).get();
  EXPECT_EQ(verdict(trustRootFromCertificates({issued.certificate()}), issued), "");
}

TEST(TrustRoot, OfNoCertificatesIsAnError) {
  EXPECT_EQ(errorOf<std::invalid_argument>([] { trustRootFromCertificates({}); }),
            "a trust root without certificates");
}

TEST(TrustRoot, IsReadFromAFileOfSeveral) {
  const TemporaryDirectory files;
  const TestAuthority one("one");
  const TestAuthority other("other");
  const TrustRoot trust = trustRootFromFile(
      files.file("roots.pem", one.certificate().dumpPEM() + other.certificate().dumpPEM()));
  EXPECT_THAT(trust.certificates(), ElementsAre(one.certificate(), other.certificate()));
  EXPECT_EQ(verdict(trust, other.issue({.names = {"example.com"}}).get()), "");
}

TEST(TrustRoot, FilesThatAreNoGoodAreNamed) {
  const TemporaryDirectory files;
  EXPECT_EQ(errorOf<CertificateError>([&] { trustRootFromFile(files.path("roots.pem")); }),
            "cannot read " + files.path("roots.pem") + ": No such file or directory");
  const std::string empty = files.file("empty.pem", "");
  EXPECT_EQ(errorOf<CertificateError>([&] { trustRootFromFile(empty); }),
            "there is no certificate in " + empty);
}

TEST(TrustRoot, IsReadFromThePEMFilesOfADirectory) {
  const TemporaryDirectory files;
  const TestAuthority one("one");
  const TestAuthority other("other");
  const TestAuthority ignored("ignored");
  files.file("a.pem", one.certificate().dumpPEM());
  files.file("b.pem", other.certificate().dumpPEM());
  files.file("c.crt", ignored.certificate().dumpPEM());
  files.file("key.pem", testAuthority().issue({}).keyPEM);
  EXPECT_THAT(trustRootFromDirectory(files.path()).certificates(),
              ElementsAre(one.certificate(), other.certificate()));
}

TEST(TrustRoot, DirectoriesThatAreNoGoodAreNamed) {
  const TemporaryDirectory files;
  EXPECT_EQ(errorOf<CertificateError>([&] { trustRootFromDirectory(files.path("roots")); }),
            "cannot read " + files.path("roots") + ": No such file or directory");
  EXPECT_EQ(errorOf<CertificateError>([&] { trustRootFromDirectory(files.path()); }),
            "there is no certificate in the .pem files of " + files.path());
}

TEST(PlatformTrust, IsWhereTheEnvironmentSays) {
  const TemporaryDirectory files;
  const std::string file = files.file("roots.pem", testAuthority().certificate().dumpPEM());
  setenv("SSL_CERT_FILE", file.c_str(), 1);
  const TrustRoot trust = platformTrust();
  unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(verdict(trust, testServerCertificate()), "");
}

TEST(PlatformTrust, IsReadOnce) {
  EXPECT_EQ(platformTrust().native(), platformTrust().native());
}

TEST(PlatformTrust, DoesNotKnowTheAuthoritiesOfTests) {
  EXPECT_EQ(verdict(platformTrust(), testServerCertificate()),
            "certificate of example.com was not accepted: unable to get local issuer certificate "
            "(issued by CN=plait test authority)");
}

}  // namespace
}  // namespace plait::testing
