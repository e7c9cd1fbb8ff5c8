#include "chat.hpp"

namespace plait::app {

// --- The room --------------------------------------------------------------------------

ChatRoom::ChatRoom(ReactorPool& pool)
    : lines(pool,
            [this](std::size_t here, std::span<const ChatLine> batch) {
              if (!parts[here]) return;
              for (const ChatLine& line : batch) parts[here]->hear(line, nullptr);
            }),
      parts(pool.size()) {}

std::optional<std::uint64_t> ChatRoom::enter(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (!names_.emplace(name).second) return std::nullopt;
  return ++entered_;
}

void ChatRoom::leave(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
}

ChatFactory::ChatFactory(std::shared_ptr<ChatRoom> room, Reactor& reactor, std::size_t index)
    : room_(std::move(room)), reactor_(reactor) {
  room_->parts[index] = this;
}

std::shared_ptr<Protocol> ChatFactory::buildProtocol(const Address&) {
  return std::make_shared<Chatter>();
}

void ChatFactory::say(const Chatter& speaker, Bytes text) {
  ChatLine line{std::move(text), room_->now()};
  hear(line, &speaker);
  room_->lines.send(std::move(line));
}

/// The guests here share a copy of their own: one shared by all reactors would have their threads
/// take turns at counting its users.
void ChatFactory::hear(const ChatLine& line, const Chatter* speaker) {
  const SharedBytes message = share(line.text);
  for (Chatter* guest : guests) {
    if (guest != speaker && guest->entered() <= line.said) guest->transport().write(message);
  }
}

// --- A guest ---------------------------------------------------------------------------

void Chatter::connectionMade() {
  sendLine("What's your name?");
}

void Chatter::lineReceived(BytesView line) {
  if (name_.empty()) {
    takeName(line);
  } else {
    here().say(*this, fmt::format("<{}> {}\r\n", name_, line));
  }
}

void Chatter::takeName(BytesView name) {
  if (name.empty()) return sendLine("What's your name?");
  const auto entered = here().room().enter(name);
  if (!entered) return sendLine("Name taken, please choose another.");
  name_ = name;
  entered_ = *entered;
  // Behind what others have passed on to this reactor: the last words of who had the name before.
  pauseProducing();
  here().reactor().callFromThread(weakly(this, [](Chatter& self) { self.comeIn(); }));
}

void Chatter::comeIn() {
  if (!connected()) return;
  here().guests.insert(this);
  sendLine(fmt::format("Welcome, {}!", name_));
  resumeProducing();
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
  if (name_.empty()) return;
  here().guests.erase(this);
  here().room().lines.flush();  // who takes the name next must not overtake this one's last words
  here().room().leave(std::exchange(name_, {}));
}

}  // namespace plait::app
