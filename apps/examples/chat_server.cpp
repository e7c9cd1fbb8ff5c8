// A chat room. Who is in it is known to the factory; each protocol knows its own guest.

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>

#include <map>

#include "port_argument.hpp"

struct Guest;

struct ChatRoom : plait::Factory {
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override;

  std::map<std::string, Guest*, std::less<>> guests;
};

struct Guest : plait::LineReceiver {
  void connectionMade() override { sendLine("What's your name?"); }

  void lineReceived(plait::BytesView line) override {
    if (name.empty()) {
      enter(line);
    } else {
      say(line);
    }
  }

  void connectionLost(const plait::Failure&) override {
    if (!name.empty()) room().guests.erase(name);
  }

  void enter(plait::BytesView wanted) {
    if (wanted.empty()) return sendLine("What's your name?");
    if (!room().guests.emplace(wanted, this).second) {
      return sendLine("Name taken, please choose another.");
    }
    name = wanted;
    sendLine(fmt::format("Welcome, {}!", name));
  }

  void say(plait::BytesView text) {
    for (auto& [other, guest] : room().guests) {
      if (guest != this) guest->sendLine(fmt::format("<{}> {}", name, text));
    }
  }

  ChatRoom& room() { return factoryAs<ChatRoom>(); }
  std::string name;
};

std::shared_ptr<plait::Protocol> ChatRoom::buildProtocol(const plait::Address&) {
  return std::make_shared<Guest>();
}

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenTCP(portArgument(argc, argv, 8123), std::make_shared<ChatRoom>(),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
