// Datagrams instead of connections: one protocol, whoever sends. Whatever comes goes back.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct Echo : plait::DatagramProtocol {
  void datagramReceived(plait::BytesView datagram, const plait::Address& from) override {
    transport().write(datagram, from);
  }
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenUDP(portArgument(argc, argv, 8000), std::make_shared<Echo>(),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
