// The first server: whatever comes goes back.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct Echo : plait::Protocol {
  void dataReceived(plait::BytesView data) override { transport().write(data); }
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenTCP(portArgument(argc, argv, 8000), plait::Factory::forProtocol<Echo>(),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
