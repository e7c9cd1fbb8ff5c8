#include <gmock/gmock.h>

#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>

#include "support/client_of.hpp"
#include "support/handshake.hpp"

namespace plait::testing {
namespace {

class EachVersion : public ::testing::TestWithParam<TLSVersion> {
 protected:
  std::shared_ptr<TLSContext> client(ClientTLSOptions options = {}) {
    options.maximumVersion = GetParam();
    return clientOf("example.com", std::move(options));
  }

  std::shared_ptr<ServerTLSContext> server_ =
      serverTLS({.certificates = {testServerCertificate()}});
};

INSTANTIATE_TEST_SUITE_P(ClientTLSResumption, EachVersion,
                         ::testing::Values(TLSVersion::TLSv1_2, TLSVersion::TLSv1_3),
                         [](const auto& version) {
                           return version.param == TLSVersion::TLSv1_2 ? "TLS12" : "TLS13";
                         });

TEST_P(EachVersion, ResumesWhatTheServerOffered) {
  const auto context = client();
  EXPECT_FALSE(Handshake(*context, *server_).resumed());
  for (int i = 0; i < 10; ++i) {
    const Handshake again(*context, *server_);
    EXPECT_TRUE(again.succeeded());
    EXPECT_TRUE(again.resumed());
    EXPECT_EQ(again.shown(), "CN=test server");
  }
}

TEST_P(EachVersion, DoesNotWhenToldNotTo) {
  const auto context = client({.sessionResumption = false});
  EXPECT_FALSE(Handshake(*context, *server_).resumed());
  EXPECT_FALSE(Handshake(*context, *server_).resumed());
}

TEST_P(EachVersion, HasNothingToResumeInAnotherContext) {
  EXPECT_TRUE(Handshake(*client(), *server_).succeeded());
  EXPECT_FALSE(Handshake(*client(), *server_).resumed());
}

TEST_P(EachVersion, GoesOnWithoutWhenTheServerHasForgotten) {
  const auto context = client();
  EXPECT_TRUE(Handshake(*context, *server_).succeeded());
  const auto restarted = serverTLS({.certificates = {testServerCertificate()}});
  const Handshake handshake(*context, *restarted);
  EXPECT_TRUE(handshake.succeeded());
  EXPECT_FALSE(handshake.resumed());
}

TEST(ClientTLSResumption, UsesATicketOfTLS13Once) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com");
  { const Handshake tickets(*client, *server); }  // two of them, as OpenSSL's servers give
  const detail::SslHandle first = client->open();
  const detail::SslHandle second = client->open();
  const detail::SslHandle third = client->open();
  ASSERT_NE(SSL_get_session(first.get()), nullptr);
  ASSERT_NE(SSL_get_session(second.get()), nullptr);
  EXPECT_NE(SSL_get_session(first.get()), SSL_get_session(second.get()));
  EXPECT_EQ(SSL_get_session(third.get()), nullptr);
}

TEST(ClientTLSResumption, KeepsAFewSessionsOnly) {
  const auto server = serverTLS({.certificates = {testServerCertificate()}});
  const auto client = clientOf("example.com");
  std::vector<detail::SslHandle> atOnce;
  for (int i = 0; i < 20; ++i) atOnce.push_back(client->open());
  for (detail::SslHandle& each : atOnce) Handshake(std::move(each), server->open());
  int kept = 0;
  while (SSL_get_session(client->open().get())) ++kept;
  EXPECT_EQ(kept, 16);
}

}  // namespace
}  // namespace plait::testing
