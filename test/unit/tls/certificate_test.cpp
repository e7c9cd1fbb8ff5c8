#include <gmock/gmock.h>

#include <plait/tls/certificate.hpp>

#include "../support/test_certificates.hpp"
#include "support/errors.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

Certificate issue(const CertificateContent& content) {
  return testAuthority().issue(content).get().certificate();
}

TEST(Certificate, TellsWhoItIsAboutAndWhoSaysSo) {
  const Certificate certificate = issue({.commonName = "somebody"});
  EXPECT_EQ(certificate.getSubject(), "CN=somebody");
  EXPECT_EQ(certificate.getIssuer(), "CN=plait test authority");
}

TEST(Certificate, KeepsNamesBeyondAsciiReadable) {
  EXPECT_EQ(issue({.commonName = "Bücher"}).getSubject(), "CN=Bücher");
}

TEST(Certificate, TellsItsNamesAndAddresses) {
  EXPECT_THAT(issue({.names = {"a.example", "*.b.example", "192.0.2.1", "2001:db8::1"}}).names(),
              ElementsAre("a.example", "*.b.example", "192.0.2.1", "2001:db8::1"));
  EXPECT_THAT(issue({.commonName = "a.example"}).names(), IsEmpty());
}

TEST(Certificate, TellsWhenItIsValid) {
  const auto now = std::chrono::system_clock::now();
  const Certificate certificate = issue({.validFrom = -48h, .validUntil = 24h});
  EXPECT_LT(std::chrono::abs(certificate.notBefore() - (now - 48h)), 1min);
  EXPECT_LT(std::chrono::abs(certificate.notAfter() - (now + 24h)), 1min);
}

TEST(Certificate, ValidBeyondTheClockIsValidForEver) {
  constexpr auto centuries = std::chrono::hours(24 * 365 * 500);
  EXPECT_EQ(issue({.validUntil = centuries}).notAfter(),
            std::chrono::system_clock::time_point::max());
}

TEST(Certificate, TellsItsNumberAndDigestInHexadecimal) {
  const Certificate certificate = issue({});
  EXPECT_THAT(certificate.serialNumber(), MatchesRegex("([0-9A-F][0-9A-F])+"));
  EXPECT_THAT(certificate.digest(), MatchesRegex("[0-9A-F][0-9A-F](:[0-9A-F][0-9A-F])+"));
  EXPECT_EQ(certificate.digest().size(), 32 * 3 - 1);
}

TEST(Certificate, SurvivesPEM) {
  const Certificate certificate = issue({});
  EXPECT_THAT(certificate.dumpPEM(), StartsWith("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_EQ(Certificate::loadPEM(certificate.dumpPEM()), certificate);
}

TEST(Certificate, EqualsOnlyItself) {
  EXPECT_EQ(issue({}).dumpPEM() == issue({}).dumpPEM(), false);
  EXPECT_NE(issue({}), issue({}));
}

TEST(Certificate, IsFoundBetweenOtherThings) {
  const IssuedCertificate issued = testAuthority().issue({});
  const std::string all =
      "Subject: somebody\n" + issued.keyPEM + issued.certificatePEM + "and so on\n";
  EXPECT_EQ(Certificate::loadPEM(all), issued.get().certificate());
}

TEST(Certificate, OfSeveralAllAreFoundInTheirOrder) {
  const Certificate first = issue({});
  const Certificate second = issue({});
  EXPECT_THAT(Certificate::loadAllPEM(first.dumpPEM() + second.dumpPEM()),
              ElementsAre(first, second));
  EXPECT_THAT(Certificate::loadAllPEM(""), IsEmpty());
}

TEST(Certificate, NoneInTheTextIsAnError) {
  EXPECT_EQ(errorOf<CertificateError>([] { Certificate::loadPEM("hello"); }),
            "there is no certificate in the PEM text");
}

TEST(Certificate, DamagedIsAnError) {
  std::string pem = issue({}).dumpPEM();
  pem[pem.find('\n') + 10] ^= 0x15;
  EXPECT_THAT(errorOf<CertificateError>([&] { Certificate::loadPEM(pem); }),
              StartsWith("a certificate in the PEM text is damaged: "));
}

}  // namespace
}  // namespace plait::testing
