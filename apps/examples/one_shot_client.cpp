// Asks the answer server once: sends a question, closes its sending half, prints what comes until
// the end. Exit status 1 when there is no connection.

#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

struct Question : plait::Protocol, plait::HalfCloseableProtocol {
  explicit Question(plait::Reactor& reactor) : reactor(reactor) {}

  void connectionMade() override {
    transport().write("Simple is better than?");
    transport().loseWriteConnection();  // no more questions
  }
  void dataReceived(plait::BytesView data) override { fmt::print("{}", data); }
  void readConnectionLost() override { transport().loseConnection(); }
  void writeConnectionLost() override {}
  void connectionLost(const plait::Failure&) override { reactor.stop(); }

  plait::Reactor& reactor;
};

struct OneShot : plait::ClientFactory {
  explicit OneShot(plait::Reactor& reactor) : reactor(reactor) {}
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<Question>(reactor);
  }
  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    fmt::print(stderr, "{}\n", reason.getErrorMessage());
    status = 1;
    reactor.stop();
  }

  plait::Reactor& reactor;
  int status = 0;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto factory = std::make_shared<OneShot>(reactor);
  reactor.connectTCP("localhost", portArgument(argc, argv, 8000), factory);
  reactor.run();
  return factory->status;
}
