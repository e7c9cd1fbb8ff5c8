// Lines in plain text, until the client says STARTTLS; the same lines over TLS from then on.
// Arguments: PORT, the server's key and certificate (one PEM file).

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_transport.hpp>

#include "port_argument.hpp"

struct Lines : plait::LineReceiver {
  explicit Lines(std::shared_ptr<plait::TLSContext> context) : context(std::move(context)) {}

  void lineReceived(plait::BytesView line) override {
    const bool secure = plait::TLSTransport::of(transport()) != nullptr;
    if (line == "STARTTLS" && !secure) {
      sendLine("go ahead");  // the last line in plain text
      plait::startTLS(*this, context);
    } else {
      sendLine(fmt::format("{}: {}", secure ? "secure" : "plain", line));
    }
  }

  std::shared_ptr<plait::TLSContext> context;
};

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} PORT SERVER.pem\n", argv[0]);
    return 2;
  }
  std::shared_ptr<plait::TLSContext> context =
      plait::serverTLS({.certificates = {plait::PrivateCertificate::fromFiles(argv[2])}});
  plait::Reactor reactor;
  auto port =
      reactor.listenTCP(portArgument(argc, argv, 8000), plait::Factory::forProtocol<Lines>(context),
                        {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
