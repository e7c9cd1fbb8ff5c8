// A client that talks in lines: sends three, one after the other as the answers come, then leaves.

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>

#include <array>

#include "port_argument.hpp"

struct Talker : plait::LineReceiver {
  explicit Talker(plait::Reactor& reactor) : reactor(reactor) {}

  void connectionMade() override { sayNext(); }

  void lineReceived(plait::BytesView line) override {
    fmt::print("received: {}\n", line);
    sayNext();
  }

  void connectionLost(const plait::Failure& reason) override {
    fmt::print("{}\n", reason.getErrorMessage());
    reactor.stop();
  }

  void sayNext() {
    constexpr std::array lines = {"Hello, world!", "What a fine day it is.", "Bye-bye!"};
    if (said == lines.size()) return transport().loseConnection();
    sendLine(lines[said++]);
  }

  plait::Reactor& reactor;
  std::size_t said = 0;
};

struct TalkerFactory : plait::ClientFactory {
  explicit TalkerFactory(plait::Reactor& reactor) : reactor(reactor) {}
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<Talker>(reactor);
  }
  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    fmt::print("{}\n", reason.getErrorMessage());
    reactor.stop();
  }

  plait::Reactor& reactor;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  reactor.connectTCP("localhost", portArgument(argc, argv, 8000),
                     std::make_shared<TalkerFactory>(reactor));
  reactor.run();
}
