// A server that shows the life of its connections: made, data, lost and why.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct Observer : plait::Protocol {
  void connectionMade() override { tell("connected"); }

  void dataReceived(plait::BytesView data) override {
    tell(fmt::format("sent {} bytes", data.size()));
  }

  void connectionLost(const plait::Failure& reason) override { tell(reason.getErrorMessage()); }

  void tell(const std::string& what) {
    fmt::print("{}: {}\n", transport().getPeer(), what);
    std::fflush(stdout);
  }
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port =
      reactor.listenTCP(portArgument(argc, argv, 8000), plait::Factory::forProtocol<Observer>(),
                        {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
