// The echo server of lines, for strangers: policies are factories around its factory, the outermost
// first asked and first served. `plait line --max-connections ... --idle-timeout ...` does the
// same.

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/policies/limit_connections_by_peer.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/throttling_factory.hpp>
#include <plait/policies/timeout_factory.hpp>

#include "port_argument.hpp"

using namespace std::chrono_literals;

struct Lines : plait::LineReceiver {
  void lineReceived(plait::BytesView line) override { sendLine(line); }
  void connectionLost(const plait::Failure& why) override {
    fmt::print("{}: {}\n", transport().getPeer(), why.getErrorMessage());
    std::fflush(stdout);
  }
};

std::shared_ptr<plait::Factory> guarded(std::shared_ptr<plait::Factory> factory) {
  // Silent for five minutes, or from the start: closed, and if that does not help, aborted.
  factory = std::make_shared<plait::TimeoutFactory>(
      factory, plait::TimeoutOptions{.idle = 5min, .firstByte = 1s});
  // A megabyte a second for each, smoothly.
  factory = std::make_shared<plait::ThrottlingFactory>(
      factory, plait::ThrottlingOptions{.readLimit = plait::BandwidthLimit{.rate = 1000000},
                                        .writeLimit = plait::BandwidthLimit{.rate = 1000000}});
  // A thousand connections, and no more than three of one address.
  factory = std::make_shared<plait::LimitTotalConnectionsFactory>(factory, 1000);
  return std::make_shared<plait::LimitConnectionsByPeer>(factory, 3);
}

int main(int argc, char** argv) {
  plait::Reactor reactor({.writeBudget = 256 << 20});  // all that waits to be sent: 256 MiB
  auto port =
      reactor.listenTCP(portArgument(argc, argv, 8000),
                        guarded(plait::Factory::forProtocol<Lines>()), {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
