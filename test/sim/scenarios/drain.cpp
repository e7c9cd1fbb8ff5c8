#include <map>
#include <plait/core/errors.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "../support/stream_check.hpp"
#include "all_scenarios.hpp"

/// A server is stopped while it sends. Whoever reads in time gets everything; nobody makes the
/// server wait longer than it allows; nobody comes in any more.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4005;
/// How late a reactor may find out that the time for draining is over.
constexpr Duration kLookedAtEvery = 10ms;

/// A connection, as both of its ends have it; by the address of the client.
struct Pair {
  explicit Pair(Run& run) : stream(run, "to a client") {}
  StreamCheck stream;
  bool drained = false;  // the server has sent everything, and closed
  bool cutOff = false;   // a reset came while the client did not read
};
using Pairs = std::map<std::string, Pair>;

/// Sends some at once, and more when it is asked.
class Sending : public Protocol {
 public:
  Sending(Run& run, Pairs& pairs) : run_(run), pairs_(pairs) {}

  void connectionMade() override {
    pair_ = &pairs_.at(transport().getPeer().host());
    send();
  }
  void dataReceived(BytesView) override { send(); }
  void connectionLost(const Failure& reason) override {
    // All was sent, and the reader will see so, whatever becomes of the server.
    pair_->drained = reason.check<ConnectionDone>() != nullptr;
  }

 private:
  void send() {
    if (left_-- > 0) transport().write(pair_->stream.next(run_.random.below(150'000)));
  }

  Run& run_;
  Pairs& pairs_;
  Pair* pair_ = nullptr;
  int left_ = 10;
};

class Reading : public Protocol {
 public:
  Reading(Run& run, Pair& pair) : run_(run), pair_(pair), slow_(run.random.chance(0.3)) {}

  void connectionMade() override { ask(); }
  void dataReceived(BytesView data) override {
    pair_.stream.received(data);
    if (!slow_) return;
    transport().pauseProducing();
    read_ = transport().clock().callLater(run_.random.upTo(2s),
                                          [this] { transport().resumeProducing(); });
  }
  void connectionLost(const Failure& reason) override {
    // It still asks for more, and who has stopped answers that with a reset.
    pair_.cutOff = read_.active() && reason.check<ConnectionLost>();
    read_.cancelIfActive();
    ask_.cancelIfActive();
  }

 private:
  void ask() {
    if (run_.random.chance(0.8)) transport().write("more");
    ask_ = transport().clock().callLater(run_.random.upTo(10s), [this] { ask(); });
  }

  Run& run_;
  Pair& pair_;
  bool slow_;
  DelayedCall read_, ask_;
};

/// Is told that there is no connection.
class Refused : public ClientFactory {
 public:
  explicit Refused(Run& run) : run_(run) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    run_.fail("a connection is made with a server that has stopped");
    return nullptr;
  }
  void clientConnectionFailed(Connector&, const Failure&) override { told = true; }

  bool told = false;

 private:
  Run& run_;
};

}  // namespace

void drain(Run& run) {
  const Duration drainTimeout = run.random.upTo(5s);
  const bool broken = run.random.chance(0.3);
  testing::SimulatedHost& server = run.network.addHost("server", {.drainTimeout = drainTimeout});
  Pairs pairs;
  const auto port = server.listenTCP(kPort, serversMadeBy([&] {
                                       return std::make_shared<WatchedStream<Sending>>(
                                           run.watch("the server"), run, pairs);
                                     }));

  for (std::uint64_t i = 1 + run.random.below(6); i > 0; --i) {
    testing::SimulatedHost& client = run.network.addHost(fmt::format("client {}", i));
    run.network.setLink(server, client,
                        broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
    Pair& pair = pairs.try_emplace(client.address().host(), run).first->second;
    const auto factory = clientsMadeBy([&run, &pair] {
      return std::make_shared<WatchedStream<Reading>>(run.watch("a client"), run, pair);
    });
    client.connectTCP("server", kPort, factory, {.timeout = 30s});
    run.network.runFor(run.random.upTo(10s));
  }
  run.network.runFor(run.random.upTo(10s));

  const TimePoint stopped = run.network.now();
  server.stop();
  testing::SimulatedHost& late = run.network.addHost("late");
  const auto refused = std::make_shared<Refused>(run);
  late.connectTCP("server", kPort, refused);
  run.runUntil([&] { return !server.running(); }, "the server has stopped", 1h);
  const Duration took = run.network.now() - stopped;
  run.expect(took <= drainTimeout + kLookedAtEvery, "stopping took {} ns, draining may take {}",
             took.count(), drainTimeout.count());
  run.network.runFor(2h);
  run.expect(refused->told, "a connect after the end is not answered");
  // At the deadline what is on its way may be lost: the system resets what has not been read.
  const bool inTime = !broken && took < drainTimeout;
  for (const auto& [client, pair] : pairs) {
    if (inTime && pair.drained && !pair.cutOff) pair.stream.expectAll();
  }
}

}  // namespace plait::sim
