// Pings a multicast group, and prints the first answer. Exit status 1 when none comes in three
// seconds.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

using namespace std::chrono_literals;

struct MulticastPing : plait::DatagramProtocol {
  MulticastPing(plait::Reactor& reactor, std::uint16_t port)
      : reactor(reactor), group(*plait::IPv4Address::parse("228.0.0.5", port)) {}

  void startProtocol() override {
    transport().setTTL(5);                          // routers it may pass, where there are any
    transport().setOutgoingInterface("127.0.0.1");  // but this one stays here
    transport().write("Client: Ping", group);
    patience = reactor.callLater(3s, [this] { finish("nobody has answered", 1); });
  }
  void datagramReceived(plait::BytesView datagram, const plait::Address& from) override {
    if (patience.active()) finish(fmt::format("{} from {}", datagram, from), 0);
  }
  void finish(const std::string& said, int result) {
    fmt::print("{}\n", said);
    patience.cancelIfActive();
    status = result;
    reactor.stop();
  }

  plait::Reactor& reactor;
  plait::Address group;
  plait::DelayedCall patience;
  int status = 0;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto ping = std::make_shared<MulticastPing>(reactor, portArgument(argc, argv, 9999));
  reactor.listenUDP(0, ping, {.interface = "127.0.0.1"});
  reactor.run();
  return ping->status;
}
