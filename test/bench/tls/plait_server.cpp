#include <plait/net/reactor.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/ssl.hpp>

#include "servers.hpp"

namespace {

class Echo : public plait::Protocol {
 public:
  explicit Echo(std::size_t pieceSize) : pieceSize_(pieceSize) {}

  void connectionMade() override { transport().registerProducer(transport()); }
  void dataReceived(plait::BytesView data) override {
    if (pieceSize_ == 0) return transport().write(data);
    for (; !data.empty(); data.remove_prefix(std::min(pieceSize_, data.size()))) {
      transport().write(data.substr(0, pieceSize_));
    }
  }

 private:
  std::size_t pieceSize_;
};

}  // namespace

void servePlait(const ServerOptions& options) {
  plait::Reactor reactor;
  const auto context = plait::serverTLS(
      {.certificates = {plait::PrivateCertificate::loadPEM(options.certificateAndKey)}});
  const auto port =
      plait::listenSSL(reactor, 0, plait::Factory::forProtocol<Echo>(options.pieceSize), context,
                       {.interface = "127.0.0.1"});
  options.ready(port->getHost().port());
  reactor.run();
}
