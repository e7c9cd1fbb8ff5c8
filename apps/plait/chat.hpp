#pragma once

#include <atomic>
#include <mutex>
#include <plait/core/factory.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/pool_channel.hpp>
#include <set>
#include <string>

namespace plait::app {

class ChatFactory;
class Chatter;

/// What one said, for those who are on other reactors.
struct ChatLine {
  Bytes text;          ///< as it is sent to the guests
  std::uint64_t said;  ///< see ChatRoom::now
};

/// A chat room over all reactors of a pool: the names that are taken, and the way of a line to the
/// guests on other reactors. Must live until the pool has stopped.
///
/// Thread: those of the pool. Names are behind a lock, for guests come and go seldom; lines are
/// passed on without any of their own.
class ChatRoom {
 public:
  explicit ChatRoom(ReactorPool& pool);

  /// The moment at which `name` has come in; none when it is taken.
  std::optional<std::uint64_t> enter(std::string_view name);
  void leave(std::string_view name);
  /// Moments are counted by those who come in: a line is for those who came before it was said,
  /// however long it was under way.
  std::uint64_t now() const { return entered_; }

  PoolChannel<ChatLine> lines;
  std::vector<ChatFactory*> parts;  ///< by reactor, each for its own thread

 private:
  std::atomic<std::uint64_t> entered_ = 0;
  std::mutex mutex_;
  std::set<std::string, std::less<>> names_;
};

/// The part of the room that is on one reactor.
class ChatFactory : public Factory {
 public:
  ChatFactory(std::shared_ptr<ChatRoom> room, Reactor& reactor, std::size_t index);
  std::shared_ptr<Protocol> buildProtocol(const Address&) override;

  ChatRoom& room() { return *room_; }
  Reactor& reactor() { return reactor_; }
  /// Everybody in the room but `speaker` hears it.
  void say(const Chatter& speaker, Bytes text);
  /// Everybody here hears it, but `speaker` (null when that is on another reactor).
  void hear(const ChatLine& line, const Chatter* speaker);

  std::set<Chatter*> guests;  ///< those with a name

 private:
  std::shared_ptr<ChatRoom> room_;
  Reactor& reactor_;
};

/// One guest. Asks for a name, then passes every line on to all the others. The name is free again
/// as soon as the guest has stopped sending, even if there is still something to be sent to it.
class Chatter : public LineReceiver, public HalfCloseableProtocol {
 public:
  void connectionMade() override;
  void lineReceived(BytesView line) override;
  void lineLengthExceeded(BytesView rest) override;
  void readConnectionLost() override;
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override;

  /// When it came in; see ChatRoom.
  std::uint64_t entered() const { return entered_; }

 private:
  ChatFactory& here() const { return factoryAs<ChatFactory>(); }
  void takeName(BytesView name);
  void comeIn();
  void leave();

  std::string name_;  // empty until one was taken
  std::uint64_t entered_ = 0;
};

}  // namespace plait::app
