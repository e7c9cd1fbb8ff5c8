#include "chat.hpp"

namespace plait::app {

std::shared_ptr<Protocol> ChatFactory::buildProtocol(const Address&) {
  return std::make_shared<Chatter>();
}

void Chatter::connectionMade() {
  sendLine("What's your name?");
}

void Chatter::lineReceived(BytesView line) {
  if (name_.empty()) {
    takeName(line);
  } else {
    say(line);
  }
}

void Chatter::takeName(BytesView name) {
  if (name.empty()) return sendLine("What's your name?");
  if (!room().users.emplace(name, this).second) {
    return sendLine("Name taken, please choose another.");
  }
  name_ = name;
  sendLine(fmt::format("Welcome, {}!", name));
}

void Chatter::say(BytesView line) {
  const SharedBytes message = share(fmt::format("<{}> {}\r\n", name_, line));
  for (auto& [name, user] : room().users) {
    if (user != this) user->transport().write(message);
  }
}

void Chatter::lineLengthExceeded(BytesView rest) {
  leave();
  LineReceiver::lineLengthExceeded(rest);
}

void Chatter::readConnectionLost() {
  leave();
  transport().loseConnection();
}

void Chatter::connectionLost(const Failure&) {
  leave();
}

void Chatter::leave() {
  if (!name_.empty()) room().users.erase(name_);
  name_.clear();
}

}  // namespace plait::app
