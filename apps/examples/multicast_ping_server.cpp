// Joins a multicast group and answers the pings it hears there. To stay on this machine, it joins
// on the loopback interface; leave that out to serve a network.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct MulticastPong : plait::DatagramProtocol {
  void startProtocol() override {
    transport().joinGroup("228.0.0.5", "127.0.0.1").addErrback([](const plait::Failure& failure) {
      fmt::print(stderr, "{}\n", failure.getErrorMessage());
    });
  }
  void datagramReceived(plait::BytesView datagram, const plait::Address& from) override {
    fmt::print("{} from {}\n", datagram, from);
    std::fflush(stdout);
    // To the one who asked, not to the group.
    if (datagram == "Client: Ping") transport().write("Server: Pong", from);
  }
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  // Several servers may share the port: each hears the group.
  auto port =
      reactor.listenMulticast(portArgument(argc, argv, 9999), std::make_shared<MulticastPong>(),
                              {.interface = "228.0.0.5", .listenMultiple = true});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
