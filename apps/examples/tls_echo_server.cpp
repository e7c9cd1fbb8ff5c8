// The echo server over TLS, for those who show a certificate that our authority has signed.
// Arguments: PORT, the server's key and certificate (one PEM file), the authority's certificate.

#include <plait/net/reactor.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/ssl.hpp>
#include <plait/tls/tls_transport.hpp>

#include "port_argument.hpp"

struct Echo : plait::Protocol, plait::HandshakeListener {
  void handshakeCompleted() override {
    const auto* tls = plait::TLSTransport::of(transport());
    fmt::print("{} speaks {}\n", tls->peerCertificate()->getSubject(), tls->version());
    std::fflush(stdout);
  }
  void dataReceived(plait::BytesView data) override { transport().write(data); }
};

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: {} PORT SERVER.pem CLIENT_AUTHORITY.pem\n", argv[0]);
    return 2;
  }
  auto context = plait::serverTLS({
      .certificates = {plait::PrivateCertificate::fromFiles(argv[2])},
      .clientTrust = plait::trustRootFromFile(argv[3]),
  });
  plait::Reactor reactor;
  auto port =
      plait::listenSSL(reactor, portArgument(argc, argv, 8000), plait::Factory::forProtocol<Echo>(),
                       context, {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
