#include <gmock/gmock.h>
#include <openssl/err.h>

#include <plait/core/errors.hpp>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/detail/tls_failure.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "../support/test_certificates.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<ServerTLSContext> server() {
  return serverTLS({.certificates = {testServerCertificate()}});
}

/// What becomes of a session that is sent `bytes` and then the end of them.
Failure failureAfter(TLSContext& context, std::string_view bytes) {
  const detail::SslHandle ssl = context.open();
  BIO* in = BIO_new(BIO_s_mem());
  BIO_write(in, bytes.data(), int(bytes.size()));
  BIO_set_mem_eof_return(in, 0);
  SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
  EXPECT_LE(SSL_do_handshake(ssl.get()), 0);
  return detail::tlsFailure(ssl.get());
}

TEST(TLSFailure, NamesTheHostAndTheCauseOfRefusedCertificates) {
  const auto client = optionsForClientTLS("example.com", {.trust = TestAuthority("one").trust()});
  const Handshake handshake(*client, *server());
  const auto* error = handshake.clientFailure()->check<TLSVerificationError>();
  ASSERT_NE(error, nullptr);
  EXPECT_STREQ(error->what(),
               "certificate of example.com was not accepted: unable to get local issuer "
               "certificate (issued by CN=plait test authority)");
}

TEST(TLSFailure, NamesTheCertificateOfTheChainThatIsToBlame) {
  const TestAuthority old = testAuthority().intermediate("old", std::chrono::hours(-1));
  const auto late = serverTLS({.certificates = {old.issue({.names = {"example.com"}}).get()}});
  const auto client = optionsForClientTLS("example.com", {.trust = testAuthority().trust()});
  EXPECT_THAT(Handshake(*client, *late).clientError(),
              HasSubstr("not accepted: certificate has expired, of CN=old ("));
}

TEST(TLSFailure, DoesNotRepeatWhateverAStrangersCertificateSays) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("name" + std::to_string(i) + ".example");
  names.front() = "\x1B[31mred";
  const auto stranger =
      serverTLS({.certificates = {testAuthority().issue({.names = names}).get()}});
  const auto client = optionsForClientTLS("example.com", {.trust = testAuthority().trust()});
  const std::string error = Handshake(*client, *stranger).clientError();
  EXPECT_THAT(error, HasSubstr("(it is for ?[31mred, name1.example, "));
  EXPECT_LT(error.size(), 400U);
}

TEST(TLSFailure, NamesTheAlertOfThePeer) {
  const auto client = optionsForClientTLS("example.com", {.trust = TestAuthority("one").trust()});
  const Handshake handshake(*client, *server());
  EXPECT_TRUE(handshake.serverFailure()->check<TLSError>());
  EXPECT_EQ(handshake.serverError(), "TLS failed: the peer refused: unknown CA");
}

TEST(TLSFailure, SaysWhenThePeerDoesNotSpeakTLS) {
  const Failure onServer = failureAfter(*server(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(onServer.check<TLSError>());
  EXPECT_EQ(onServer.getErrorMessage(),
            "TLS failed: what the peer sends is not TLS (http request)");
  const Failure onClient =
      failureAfter(*optionsForClientTLS("example.com"), "220 mail.example.com ESMTP\r\n");
  EXPECT_EQ(onClient.getErrorMessage(),
            "TLS with example.com failed: what the peer sends is not TLS (wrong version number)");
}

TEST(TLSFailure, TellsAnUnexpectedEndFromOthers) {
  EXPECT_TRUE(failureAfter(*server(), "").check<TLSTruncated>());
  EXPECT_TRUE(failureAfter(*server(), "\x16\x03\x01").check<TLSTruncated>());
}

TEST(TLSFailure, NamesAddressesAndUnverifiedHostsToo) {
  EXPECT_THAT(failureAfter(*optionsForClientTLS("192.0.2.1"), "no TLS").getErrorMessage(),
              HasSubstr("TLS with 192.0.2.1 failed: "));
  const auto anyName = optionsForClientTLS("example.com", {.verifyHostname = false});
  EXPECT_THAT(failureAfter(*anyName, "no TLS").getErrorMessage(),
              HasSubstr("TLS with example.com failed: "));
}

TEST(TLSFailure, EmptiesTheErrorQueue) {
  failureAfter(*server(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(TLSFailure, OfNothingSaysThatNothingIsKnown) {
  EXPECT_EQ(detail::tlsFailure(server()->open().get()).getErrorMessage(),
            "TLS failed: OpenSSL does not say why");
}

}  // namespace
}  // namespace plait::testing
