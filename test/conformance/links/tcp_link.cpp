#include "reactor_link.hpp"
#include "single_factory.hpp"

namespace plait::testing {

namespace {

class TcpLink final : public ReactorLink {
 public:
  TcpLink(Log& log, Wrapping wrapping) : ReactorLink(log), wrapping_(std::move(wrapping)) {}

  void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
               const TransportOptions& options) override {
    const FactoryPair factories(std::move(server), std::move(client), wrapping_);
    const auto port =
        reactor().listenTCP(0, factories.server, {.interface = "127.0.0.1", .transport = options});
    reactor().connectTCP("127.0.0.1", port->getHost().port(), factories.client,
                         {.transport = options});
    runUntil([&] { return factories.done(); });
  }

 private:
  Wrapping wrapping_;
};

}  // namespace

std::unique_ptr<Link> makeTcpLink(Log& log, Wrapping wrapping) {
  return std::make_unique<TcpLink>(log, std::move(wrapping));
}

}  // namespace plait::testing
