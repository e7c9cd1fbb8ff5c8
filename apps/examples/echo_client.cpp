// The first client: says hello, shows the answer, hangs up. Its factory stops the reactor when the
// connection failed or is over.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct EchoClient : plait::Protocol {
  void connectionMade() override { transport().write("hello, world!"); }

  void dataReceived(plait::BytesView data) override {
    fmt::print("Server said: {}\n", data);
    transport().loseConnection();
  }

  void connectionLost(const plait::Failure&) override { fmt::print("connection lost\n"); }
};

struct EchoFactory : plait::ClientFactory {
  explicit EchoFactory(plait::Reactor& reactor) : reactor(reactor) {}

  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<EchoClient>();
  }

  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    fmt::print("Connection failed - goodbye! ({})\n", reason.getErrorMessage());
    reactor.stop();
  }

  void clientConnectionLost(plait::Connector&, const plait::Failure&) override {
    fmt::print("Connection lost - goodbye!\n");
    reactor.stop();
  }

  plait::Reactor& reactor;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  reactor.connectTCP("localhost", portArgument(argc, argv, 8000),
                     std::make_shared<EchoFactory>(reactor));
  reactor.run();
}
