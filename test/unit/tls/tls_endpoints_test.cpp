#include <plait/endpoints/connect_protocol.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/endpoints/unix_endpoints.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/tls/certificate.hpp>
#include <plait/tls/tls_endpoints.hpp>

#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

using ::testing::HasSubstr;

struct TLSEndpoints : ::testing::Test {
  TLSEndpoints() { addTLSEndpoints(parsers); }

  std::string complaintAbout(const std::string& text, bool server) {
    try {
      server ? void(parsers.server(reactor, text)) : void(parsers.client(reactor, text));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  }

  MemoryReactor reactor;
  EndpointParsers parsers;
  Notes notes;
};

TEST_F(TLSEndpoints, SayWhatTheyAreAroundWhereThatIsNoPort) {
  auto server =
      wrapServerTLS(std::make_shared<UNIXServerEndpoint>(reactor, "/run/x"), testServerTLS());
  const auto port = successResultOf(server->listen(
      std::make_shared<plait::detail::OneProtocolFactory>(std::make_shared<Protocol>())));
  EXPECT_EQ(server->describe(*port), "ssl:unix:/run/x");
}

TEST_F(TLSEndpoints, WrapOthersOnBothSides) {
  auto serverEnd = std::make_shared<TLSEnd>("server", notes);
  auto clientEnd = std::make_shared<TLSEnd>("client", notes);
  auto server = wrapServerTLS(
      std::make_shared<TCP4ServerEndpoint>(reactor, 443, ListenOptions{.interface = "127.0.0.1"}),
      testServerTLS());
  auto client = wrapClientTLS(testClientTLS(),
                              std::make_shared<TCP4ClientEndpoint>(reactor, "127.0.0.1", 443));

  const auto port = successResultOf(
      server->listen(std::make_shared<plait::detail::OneProtocolFactory>(serverEnd)));
  EXPECT_EQ(server->describe(*port), "ssl:127.0.0.1:443");
  const auto connected = connectProtocol(*client, clientEnd);
  const auto connection = reactor.accept(*reactor.tcpClients.back(), *reactor.tcpServers.back());
  EXPECT_EQ(successResultOf(connected), clientEnd);
  clientEnd->transport().write("hello");
  connection->flush();
  EXPECT_EQ(serverEnd->data, "hello");
  EXPECT_TRUE(TLSTransport::of(serverEnd->transport()));
}

TEST_F(TLSEndpoints, NeedAContext) {
  auto tcp = std::make_shared<TCP4ServerEndpoint>(reactor, 443);
  EXPECT_THROW(wrapServerTLS(tcp, nullptr), std::invalid_argument);
}

TEST_F(TLSEndpoints, FailToListenWithoutTheFilesOfTheServer) {
  const auto endpoint = parsers.server(reactor, "ssl:443:privateKey=/nowhere/key.pem");
  const Failure failure = failureResultOf(endpoint->listen(Factory::forProtocol<Protocol>()));
  ASSERT_TRUE(failure.check<CertificateError>());
  EXPECT_THAT(failure.getErrorMessage(), HasSubstr("/nowhere/key.pem"));
  EXPECT_TRUE(reactor.tcpServers.empty());
}

TEST_F(TLSEndpoints, AreNotMadeWithoutTheFilesOfTheClient) {
  EXPECT_THROW(parsers.client(reactor, "tls:localhost:443:trustRoots=/nowhere"), CertificateError);
  EXPECT_THROW(parsers.client(reactor, "ssl:localhost:443:privateKey=/nowhere"), CertificateError);
}

TEST_F(TLSEndpoints, PassTheirArgumentsOnToTCP) {
  parsers.client(reactor, "ssl:192.0.2.1:443:timeout=7:hostname=example.com")
      ->connect(Factory::forProtocol<Protocol>())
      .addErrback([](const Failure&) { return std::shared_ptr<Protocol>(); });
  ASSERT_EQ(reactor.tcpClients.size(), 1u);
  EXPECT_EQ(toString(reactor.tcpClients[0]->getDestination()), "192.0.2.1:443");
  EXPECT_EQ(reactor.tcpClients[0]->options().timeout, std::chrono::seconds(7));
}

TEST_F(TLSEndpoints, ComplainAboutBadStrings) {
  EXPECT_THAT(complaintAbout("ssl:", true), HasSubstr("port"));
  EXPECT_THAT(complaintAbout("ssl:443:sslmethod=SSLv3_METHOD", true), HasSubstr("SSLv3_METHOD"));
  EXPECT_THAT(complaintAbout("ssl:443:dhParameters=dh.pem", true), HasSubstr("dhParameters"));
  EXPECT_THAT(complaintAbout("ssl:443:colour=red", true), HasSubstr("colour"));
  EXPECT_THAT(complaintAbout("ssl:443:backlog=many", true), HasSubstr("many"));
  EXPECT_THAT(complaintAbout("tls:localhost", false), HasSubstr("port"));
  EXPECT_THAT(complaintAbout("tls:localhost:443:timeout=x", false), HasSubstr("timeout"));
  EXPECT_THAT(complaintAbout("tls:localhost:443:endpoint=gopher\\:1", false), HasSubstr("gopher"));
  EXPECT_THAT(complaintAbout("tls:bad host:443", false), HasSubstr("bad host"));
}

}  // namespace
}  // namespace plait::testing
