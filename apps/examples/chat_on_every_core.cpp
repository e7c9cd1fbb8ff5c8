// chat_server on every core. A guest is served by one reactor for life, and each reactor has a room
// of its own, so nothing is locked while people talk. A line goes to the other reactors' rooms
// through a channel: all lines that came together, in one message for each.

#include <plait/line/line_receiver.hpp>
#include <plait/net/pool_channel.hpp>

#include <mutex>
#include <optional>
#include <set>

#include "port_argument.hpp"

struct Chat;

/// The names that are taken, in all rooms. Guests come and go seldom: a lock will do.
class Names {
 public:
  bool take(plait::BytesView name) {
    const std::lock_guard lock(mutex_);
    return names_.emplace(name).second;
  }
  void free(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.erase(name);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> names_;
};

/// The guests of one reactor.
struct Room : plait::Factory {
  Room(plait::Reactor& reactor, Names& names, plait::PoolChannel<std::string>& others)
      : reactor(reactor), names(names), others(others) {}
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override;

  /// `speaker` is null when it is on another reactor.
  void hear(const std::string& line, const Chat* speaker);

  plait::Reactor& reactor;
  Names& names;
  plait::PoolChannel<std::string>& others;
  std::set<Chat*> guests;
};

struct Chat : plait::LineReceiver {
  void connectionMade() override { sendLine("What's your name?"); }

  void connectionLost(const plait::Failure&) override {
    if (!name) return;
    room().guests.erase(this);
    room().others.flush();  // the next of this name must not overtake this one's last words
    room().names.free(*name);
  }

  void lineReceived(plait::BytesView line) override {
    if (!name) return enter(line);
    const std::string message = fmt::format("<{}> {}", *name, line);
    room().hear(message, this);
    room().others.send(message);
  }

  void enter(plait::BytesView wanted) {
    if (!room().names.take(wanted)) return sendLine("Name taken, please choose another.");
    name = wanted;
    // Behind what others have passed on to this reactor: the last words of who had the name before.
    pauseProducing();
    room().reactor.callFromThread(plait::weakly(this, [](Chat& self) { self.comeIn(); }));
  }

  void comeIn() {
    if (!connected()) return;
    room().guests.insert(this);
    sendLine(fmt::format("Welcome, {}!", *name));
    resumeProducing();
  }

  Room& room() { return factoryAs<Room>(); }

  std::optional<std::string> name;  // none: not in yet
};

std::shared_ptr<plait::Protocol> Room::buildProtocol(const plait::Address&) {
  return std::make_shared<Chat>();
}

void Room::hear(const std::string& line, const Chat* speaker) {
  for (Chat* guest : guests) {
    if (guest != speaker) guest->sendLine(line);
  }
}

int main(int argc, char** argv) {
  plait::ReactorPool pool;  // a reactor for each core
  Names names;
  std::vector<Room*> rooms(pool.size());  // each is used on its reactor's thread only
  plait::PoolChannel<std::string> lines(pool, [&](std::size_t here, auto batch) {
    for (const std::string& line : batch) rooms[here]->hear(line, nullptr);
  });

  auto port = pool.listenTCP(portArgument(argc, argv, 8123),
                             [&](plait::Reactor& reactor, std::size_t index) {
                               auto room = std::make_shared<Room>(reactor, names, lines);
                               rooms[index] = room.get();
                               return room;
                             },
                             {.interface = "127.0.0.1"});
  pool.callWhenRunning([&] {
    fmt::print("listening on {}\n", port->getHost());
    std::fflush(stdout);
  });
  pool.run();
}
