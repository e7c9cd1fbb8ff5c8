#include <deque>
#include <plait/core/errors.hpp>
#include <plait/netstring/netstring_receiver.hpp>

#include "../support/connection_watch.hpp"
#include "all_scenarios.hpp"

/// Two that talk in netstrings: each string has its number in it, the answer is the same string.
/// However they are cut on the way: each comes whole, in order, and once.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4000;

Bytes stringOf(std::uint64_t number, std::size_t size) {
  Bytes string = fmt::format("{}:", number);
  string.resize(std::max(string.size(), size), static_cast<char>('a' + number % 26));
  return string;
}

class Answering : public NetstringReceiver {
 public:
  void stringReceived(BytesView string) override { sendString(string); }
};

class Asking : public NetstringReceiver {
 public:
  explicit Asking(Run& run) : run_(run), toAsk_(run.random.below(200)) {}

  void connectionMade() override { ask(); }
  void stringReceived(BytesView string) override {
    if (!run_.expect(!waiting_.empty(), "an answer came, and nothing was asked")) return;
    run_.expect(string == waiting_.front(), "answer {} is not what was asked", answered_);
    waiting_.pop_front();
    ++answered_;
    if (run_.random.chance(0.1)) rest();
    if (waiting_.size() < 5) ask();
  }
  void connectionLost(const Failure& reason) override {
    rest_.cancelIfActive();
    if (!reason.check<ConnectionDone>()) return;
    run_.expect(waiting_.empty() && asked_ == toAsk_, "closed cleanly with {} answers of {}",
                answered_, toAsk_);
  }

 private:
  /// Some at once; and when there are no more, and all were answered, that is the end.
  void ask() {
    for (std::uint64_t n = run_.random.below(10); n > 0 && asked_ < toAsk_; --n, ++asked_) {
      const std::size_t size = run_.random.below(run_.random.chance(0.05) ? 90'000 : 300);
      waiting_.push_back(stringOf(asked_, size));
      sendString(waiting_.back());
    }
    if (!waiting_.empty()) return;
    if (asked_ == toAsk_) return transport().loseConnection();
    rest();
  }
  /// Reads nothing for a while, then goes on.
  void rest() {
    pauseProducing();
    rest_.cancelIfActive();
    rest_ = transport().clock().callLater(run_.random.upTo(1s), [this] {
      resumeProducing();
      if (waiting_.empty() && !transport().disconnecting()) ask();
    });
  }

  Run& run_;
  std::uint64_t toAsk_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
  std::deque<Bytes> waiting_;
  DelayedCall rest_;
};

template <class P>
class WatchedStrings : public Watched<P> {
 public:
  using Watched<P>::Watched;
  void stringReceived(BytesView string) override {
    const auto call = this->received();
    P::stringReceived(string);
  }
};

class Server : public Factory {
 public:
  explicit Server(Run& run) : run_(run) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<WatchedStrings<Answering>>(run_.watch("the server"));
  }

 private:
  Run& run_;
};

class Client : public ClientFactory {
 public:
  explicit Client(Run& run) : run_(run) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<WatchedStrings<Asking>>(run_.watch("a client"), run_);
  }

 private:
  Run& run_;
};

}  // namespace

void netstrings(Run& run) {
  testing::SimulatedHost& server = run.network.addHost("server");
  testing::SimulatedHost& client = run.network.addHost("client");
  const bool broken = run.random.chance(0.3);
  run.network.setLink(server, client,
                      broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
  const auto port = server.listenTCP(kPort, std::make_shared<Server>(run));
  const auto factory = std::make_shared<Client>(run);
  for (std::uint64_t n = 1 + run.random.below(5); n > 0; --n) {
    client.connectTCP("server", kPort, factory);
  }
  run.network.runFor(1h);
  port->stopListening();
}

}  // namespace plait::sim
