// Says one line in plain text, asks for TLS, and says the secret one when the server has shown who
// it is. Arguments: PORT, the certificate of the server's authority.

#include <plait/endpoints/connect_protocol.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/start_tls.hpp>

#include "port_argument.hpp"

struct Secretive : plait::LineReceiver, plait::HandshakeListener {
  Secretive(plait::Reactor& reactor, std::shared_ptr<plait::TLSContext> context)
      : reactor(reactor), context(std::move(context)) {}

  void connectionMade() override {
    sendLine("good morning");
    sendLine("STARTTLS");
  }
  void lineReceived(plait::BytesView line) override {
    fmt::print("{}\n", line);
    if (line == "go ahead") plait::startTLS(*this, context);
    if (line.starts_with("secure")) transport().loseConnection();
  }
  void handshakeCompleted() override { sendLine("the key is under the mat"); }
  void connectionLost(const plait::Failure& why) override {
    if (!why.check<plait::ConnectionDone>()) fmt::print(stderr, "{}\n", why.getErrorMessage());
    reactor.stop();
  }

  plait::Reactor& reactor;
  std::shared_ptr<plait::TLSContext> context;
};

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} PORT SERVER_AUTHORITY.pem\n", argv[0]);
    return 2;
  }
  auto context =
      plait::optionsForClientTLS("localhost", {.trust = plait::trustRootFromFile(argv[2])});
  plait::Reactor reactor;
  plait::HostnameEndpoint server(reactor, "localhost", portArgument(argc, argv, 8000));
  auto client = std::make_shared<Secretive>(reactor, context);
  plait::connectProtocol(server, client).addErrback([&](const plait::Failure& why) {
    fmt::print(stderr, "{}\n", why.getErrorMessage());
    reactor.callWhenRunning([&] { reactor.stop(); });
    return client;
  });
  reactor.run();
}
