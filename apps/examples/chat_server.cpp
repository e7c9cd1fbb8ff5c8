// The chat of Twisted's "Writing Servers". Each connection knows how far it is; who is there is
// known to the factory.

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>

#include <map>

#include "port_argument.hpp"

struct Chat;

struct ChatFactory : plait::Factory {
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override;

  std::map<std::string, Chat*, std::less<>> users;
};

struct Chat : plait::LineReceiver {
  void connectionMade() override { sendLine("What's your name?"); }

  void connectionLost(const plait::Failure&) override {
    if (state == State::chat) room().users.erase(name);
  }

  void lineReceived(plait::BytesView line) override {
    return state == State::getName ? enter(line) : say(line);
  }

  void enter(plait::BytesView wanted) {
    if (!room().users.emplace(wanted, this).second) {
      return sendLine("Name taken, please choose another.");
    }
    sendLine(fmt::format("Welcome, {}!", wanted));
    name = wanted;
    state = State::chat;
  }

  void say(plait::BytesView message) {
    for (auto& [other, user] : room().users) {
      if (user != this) user->sendLine(fmt::format("<{}> {}", name, message));
    }
  }

  ChatFactory& room() { return factoryAs<ChatFactory>(); }

  enum class State { getName, chat };
  State state = State::getName;
  std::string name;
};

std::shared_ptr<plait::Protocol> ChatFactory::buildProtocol(const plait::Address&) {
  return std::make_shared<Chat>();
}

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenTCP(portArgument(argc, argv, 8123), std::make_shared<ChatFactory>(),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
