// A chat client for chat_server: what is typed goes out in lines, what comes in is printed. Two
// protocols, one on the connection and one on standard input and output; the end of the input
// (Ctrl-D) is the end of both.

#include <plait/line/line_only_receiver.hpp>
#include <plait/net/reactor.hpp>

#include "port_argument.hpp"

// On standard input and output, where lines end as the system's do.
struct Keyboard : plait::LineOnlyReceiver {
  explicit Keyboard(std::shared_ptr<plait::LineOnlyReceiver> chat)
      : LineOnlyReceiver({.delimiter = "\n"}), chat(std::move(chat)) {}

  void lineReceived(plait::BytesView line) override { chat->sendLine(line); }
  void connectionLost(const plait::Failure&) override {
    chat->transport().loseConnection();
    chat.reset();  // the two keep each other
  }

  std::shared_ptr<plait::LineOnlyReceiver> chat;
};

struct Chat : plait::LineOnlyReceiver {
  explicit Chat(plait::Reactor& reactor) : reactor(reactor) {}

  void connectionMade() override {
    keyboard = std::make_shared<Keyboard>(
        std::static_pointer_cast<plait::LineOnlyReceiver>(shared_from_this()));
    reactor.standardIO(keyboard);
  }
  void lineReceived(plait::BytesView line) override { keyboard->sendLine(line); }
  void connectionLost(const plait::Failure&) override { keyboard->transport().loseConnection(); }

  plait::Reactor& reactor;
  std::shared_ptr<Keyboard> keyboard;
};

struct ChatFactory : plait::ClientFactory {
  explicit ChatFactory(plait::Reactor& reactor) : reactor(reactor) {}
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<Chat>(reactor);
  }
  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    fmt::print(stderr, "{}\n", reason.getErrorMessage());
    leave();
  }
  void clientConnectionLost(plait::Connector&, const plait::Failure&) override { leave(); }

  void leave() {
    try {
      reactor.stop();
    } catch (const plait::ReactorNotRunning&) {  // Ctrl-C was faster
    }
  }

  plait::Reactor& reactor;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  reactor.connectTCP("localhost", portArgument(argc, argv, 8000),
                     std::make_shared<ChatFactory>(reactor));
  reactor.run();
}
