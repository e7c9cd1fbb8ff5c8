#include <map>
#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>
#include <set>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// A chat room: what one guest says, all the others hear, once and in the order in which it was
/// said, from when they come in until they leave. Some do not read what they hear: they lose their
/// connection when too much waits for them, and nobody else does.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4004;

class Chatter;
struct Room {
  std::map<std::string, Chatter*> guests;
};

/// The server's end of a guest.
class Chatter : public Watched<LineReceiver> {
 public:
  Chatter(Run& run, Room& room) : Watched(run.watch("the room")), room_(room) {}

  void lineReceived(BytesView line) override {
    const auto call = received();
    if (name_.empty()) return comeIn(Bytes(line));
    if (line == "bye") {
      leave();
      sendLine("bye");
      return transport().loseConnection();
    }
    for (const auto& [name, guest] : room_.guests) {
      if (guest != this) guest->sendLine(fmt::format("{} {}", name_, line));
    }
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    leave();
  }

 private:
  void comeIn(const Bytes& name) {
    if (!room_.guests.emplace(name, this).second) return sendLine("taken");
    name_ = name;
    sendLine("welcome");
  }
  void leave() {
    const auto found = room_.guests.find(name_);
    if (found != room_.guests.end() && found->second == this) room_.guests.erase(found);
  }

  Room& room_;
  Bytes name_;
};

/// Says its number and how often it has said something, again and again.
class Guest : public Watched<LineReceiver> {
 public:
  Guest(Run& run, std::uint64_t number, bool reads)
      : Watched(run.watch(fmt::format("guest {}", number))),
        run_(run),
        number_(number),
        toSay_(run.random.below(60)),
        reads_(reads) {}

  void connectionMade() override {
    Watched::connectionMade();
    askForName();
  }
  void lineReceived(BytesView line) override {
    const auto call = received();
    if (line == "taken") return askForName();
    if (line == "bye") {
      ended_ = true;
      return;
    }
    if (line == "welcome") {
      run_.expect(!in_, "guest {} is welcomed twice", number_);
      in_ = true;
      if (!reads_) pauseProducing();
      return say();
    }
    run_.expect(in_, "guest {} hears something before it is in", number_);
    hear(line);
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    next_.cancelIfActive();
    if (reason.check<ConnectionDone>()) run_.expect(ended_, "guest {} is thrown out", number_);
  }

 private:
  /// Few names, so that some are taken.
  void askForName() { sendLine(fmt::format("name{}", run_.random.below(8))); }
  void say() {
    if (said_ == toSay_) {
      if (!reads_) resumeProducing();
      return sendLine("bye");
    }
    const std::size_t size = run_.random.below(run_.random.chance(0.1) ? 8'000 : 100);
    sendLine(fmt::format("{} {} {}", number_, said_++, Bytes(size, 'z')));
    next_ = transport().clock().callLater(run_.random.upTo(300ms), [this] { say(); });
  }
  void hear(BytesView line) {
    std::uint64_t who = 0, count = 0;
    char name[32];
    if (!run_.expect(std::sscanf(Bytes(line).c_str(), "%31s %lu %lu", name, &who, &count) == 3,
                     "guest {} hears what nobody has said", number_)) {
      return;
    }
    const auto [heard, first] = heard_.emplace(who, count);
    run_.expect(who != number_, "guest {} hears itself", number_);
    run_.expect(first || count == ++heard->second, "guest {} hears {} of guest {} after {}",
                number_, count, who, heard->second - 1);
  }

  Run& run_;
  std::uint64_t number_;
  std::uint64_t toSay_;
  std::uint64_t said_ = 0;
  bool reads_;
  bool in_ = false, ended_ = false;
  std::map<std::uint64_t, std::uint64_t> heard_;  // of each other, what was heard last
  DelayedCall next_;
};

}  // namespace

void chat(Run& run) {
  Room room;
  testing::SimulatedHost& server = run.network.addHost("server");
  const bool broken = run.random.chance(0.3);
  constexpr std::size_t kLimit = 200'000;
  const auto port = server.listenTCP(
      kPort, serversMadeBy([&] {
        auto chatter = std::make_shared<Chatter>(run, room);
        chatter->watch().limitBuffer(kLimit + 10'000);
        if (!broken) {
          chatter->watch().allowReasons(
              {"plait::ConnectionDone", "plait::WriteBufferFull", "plait::CloseTimeout"});
        }
        return chatter;
      }),
      {.transport = {.writeBufferLimit = kLimit}});
  std::uint64_t guests = 0;
  for (std::uint64_t i = 1 + run.random.below(6); i > 0; --i) {
    testing::SimulatedHost& host = run.network.addHost(fmt::format("host {}", i));
    run.network.setLink(server, host,
                        broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
    const auto factory = clientsMadeBy(
        [&] { return std::make_shared<Guest>(run, ++guests, !run.random.chance(0.1)); });
    host.connectTCP("server", kPort, factory);
    if (run.random.chance(0.3)) host.connectTCP("server", kPort, factory);
  }
  run.network.runFor(1h);
  run.expect(room.guests.empty(), "{} guests are left in the room", room.guests.size());
  port->stopListening();
  run.network.runUntilIdle(1h);
}

}  // namespace plait::sim
