// Says hello to the echo server over TLS and shows it a certificate. Arguments: PORT, the client's
// key and certificate (one PEM file), the certificate of the server's authority.

#include <plait/net/reactor.hpp>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/ssl.hpp>
#include <plait/tls/tls_transport.hpp>

#include "port_argument.hpp"

struct Hello : plait::Protocol {
  // Before the handshake: what is written waits until the server is known to be the right one.
  void connectionMade() override { transport().write("Hello, world!"); }
  void dataReceived(plait::BytesView data) override {
    fmt::print("{} over {}\n", data, plait::TLSTransport::of(transport())->cipher());
    transport().loseConnection();
  }
};

struct HelloFactory : plait::ClientFactory {
  explicit HelloFactory(plait::Reactor& reactor) : reactor(reactor) {}

  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<Hello>();
  }
  void clientConnectionFailed(plait::Connector&, const plait::Failure& why) override { end(why); }
  void clientConnectionLost(plait::Connector&, const plait::Failure& why) override { end(why); }
  void end(const plait::Failure& why) {
    if (!why.check<plait::ConnectionDone>()) {
      fmt::print(stderr, "{}\n", why.getErrorMessage());
      status = 1;
    }
    reactor.stop();
  }

  plait::Reactor& reactor;
  int status = 0;
};

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: {} PORT CLIENT.pem SERVER_AUTHORITY.pem\n", argv[0]);
    return 2;
  }
  auto context = plait::optionsForClientTLS(
      "localhost", {.trust = plait::trustRootFromFile(argv[3]),
                    .clientCertificate = plait::PrivateCertificate::fromFiles(argv[2])});
  plait::Reactor reactor;
  auto factory = std::make_shared<HelloFactory>(reactor);
  plait::connectSSL(reactor, "127.0.0.1", portArgument(argc, argv, 8000), factory, context);
  reactor.run();
  return factory->status;
}
