#include <map>
#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/limit_connections_by_peer.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/timeout_factory.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// More clients than a server allows, in all and of one host, and some of them silent: there are
/// never more than allowed, whoever is refused is closed without a byte, places become free, and
/// time is up for nobody too early.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4008;

struct Limits {
  std::size_t total, ofPeer;
  TimeoutOptions timeouts;
};

struct Guests {
  std::size_t now = 0;
  std::map<std::string, std::size_t> ofPeer;
};

/// Answers, and counts itself.
class Session : public Watched<LineReceiver> {
 public:
  Session(Run& run, const Limits& limits, Guests& guests)
      : Watched(run.watch("the server")), run_(run), limits_(limits), guests_(guests) {}

  void connectionMade() override {
    Watched::connectionMade();
    made_ = heard_ = now();
    peer_ = transport().getPeer().host();
    ++guests_.now;
    ++guests_.ofPeer[peer_];
    run_.expect(guests_.now <= limits_.total, "{} connections at a time, {} are allowed",
                guests_.now, limits_.total);
    run_.expect(guests_.ofPeer[peer_] <= limits_.ofPeer, "{} connections of one peer",
                guests_.ofPeer[peer_]);
    sendLine("welcome");
  }
  void lineReceived(BytesView line) override {
    const auto call = received();
    heard_ = now();
    said_ = true;
    sendLine(line);
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    --guests_.now;
    --guests_.ofPeer[peer_];
    const auto& times = limits_.timeouts;
    if (reason.check<LifetimeTimeout>()) notBefore(made_ + *times.lifetime, "its lifetime is over");
    if (reason.check<FirstByteTimeout>()) {
      notBefore(made_ + *times.firstByte, "the first byte is late");
      run_.expect(!said_, "the first byte is said to be late, and has come");
    }
    if (reason.check<IdleTimeout>()) notBefore(heard_ + *times.idle, "it is idle");
    run_.expect(now() <= made_ + *times.lifetime + times.abortAfter + 1s,
                "a connection outlives its time");
  }

 private:
  TimePoint now() const { return transport().clock().now(); }
  void notBefore(TimePoint when, const char* what) {
    run_.expect(now() >= when, "closed because {}, {} ns too early", what, (when - now()).count());
  }

  Run& run_;
  const Limits& limits_;
  Guests& guests_;
  TimePoint made_, heard_;
  std::string peer_;
  bool said_ = false;
};

/// Talks for a while once it is welcome, or never says a word; comes again.
class Client : public Watched<LineReceiver> {
 public:
  explicit Client(Run& run)
      : Watched(run.watch("a client")), run_(run), silent_(run.random.chance(0.2)) {}

  void lineReceived(BytesView line) override {
    const auto call = received();
    run_.expect(welcome_ == (line != "welcome"), "a client hears '{}'", line);
    welcome_ = true;
    if (!silent_ && !next_.active()) talk();
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    next_.cancelIfActive();
  }

 private:
  void talk() {
    if (run_.random.chance(0.1)) return transport().loseConnection();
    if (run_.random.chance(0.05)) return;
    sendLine("hello");
    next_ = transport().clock().callLater(run_.random.upTo(5s), [this] { talk(); });
  }

  Run& run_;
  bool silent_;
  bool welcome_ = false;
  DelayedCall next_;
};

class Clients : public ClientFactory {
 public:
  Clients(Run& run, testing::SimulatedHost& host) : run_(run), host_(host) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<Client>(run_);
  }
  void clientConnectionFailed(Connector& connector, const Failure&) override { again(connector); }
  void clientConnectionLost(Connector& connector, const Failure&) override { again(connector); }

 private:
  void again(Connector& connector) {
    if (--left_ <= 0) return;
    host_.callLater(run_.random.upTo(10s),
                    [connector = connector.shared_from_this()] { connector->connect(); });
  }

  Run& run_;
  testing::SimulatedHost& host_;
  int left_ = 20;
};

}  // namespace

void limits(Run& run) {
  const bool broken = run.random.chance(0.4);
  Limits limits{
      .total = 1 + run.random.below(6), .ofPeer = 1 + run.random.below(3), .timeouts = {}};
  limits.timeouts.idle = 1s + run.random.upTo(20s);
  limits.timeouts.firstByte = 1s + run.random.upTo(10s);
  limits.timeouts.lifetime = 10s + run.random.upTo(1min);
  limits.timeouts.abortAfter = 1ms + run.random.upTo(10s);

  Guests guests;
  testing::SimulatedHost& server = run.network.addHost("server");
  std::shared_ptr<Factory> factory =
      serversMadeBy([&] { return std::make_shared<Session>(run, limits, guests); });
  factory = std::make_shared<TimeoutFactory>(factory, limits.timeouts);
  const RefusalOptions refusals{.log = &server.log(), .now = [&] { return server.now(); }};
  factory =
      std::make_shared<LimitConnectionsByPeer>(factory, limits.ofPeer, PeerPrefixes(), refusals);
  factory = std::make_shared<LimitTotalConnectionsFactory>(factory, limits.total, OverflowOptions(),
                                                           refusals);
  const auto port = server.listenTCP(kPort, factory);
  for (std::uint64_t i = 1 + run.random.below(5); i > 0; --i) {
    testing::SimulatedHost& host = run.network.addHost(fmt::format("client {}", i));
    run.network.setLink(server, host,
                        broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
    const auto clients = std::make_shared<Clients>(run, host);
    for (std::uint64_t n = 1 + run.random.below(3); n > 0; --n) {
      host.connectTCP("server", kPort, clients, {.timeout = 10s});
    }
  }
  run.network.runFor(1h);
  run.expect(guests.now == 0, "{} connections are left", guests.now);
  port->stopListening();
  run.network.runUntilIdle(1h);
}

}  // namespace plait::sim
