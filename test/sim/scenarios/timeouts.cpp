#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/timeout_mixin.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// A server gives up on clients that fall silent: exactly when their time is over, not earlier,
/// whatever the network does to what they have sent.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4006;

class Session : public Watched<LineReceiver>, public TimeoutMixin {
 public:
  Session(Run& run, Duration patience)
      : Watched(run.watch("the server")), run_(run), patience_(patience) {}

  void connectionMade() override {
    Watched::connectionMade();
    setTimeout(patience_);
    lastHeard_ = now();
  }
  void lineReceived(BytesView line) override {
    const auto call = received();
    resetTimeout();
    lastHeard_ = now();
    sendLine(line);
  }
  void timeoutConnection() override {
    run_.expect(now() - lastHeard_ == patience_, "given up after {} ns of silence, not {}",
                (now() - lastHeard_).count(), patience_.count());
    TimeoutMixin::timeoutConnection();
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    run_.expect(now() - lastHeard_ <= patience_ + 31s, "a silent client is kept for too long");
  }

 private:
  TimePoint now() const { return transport().clock().now(); }

  Run& run_;
  Duration patience_;
  TimePoint lastHeard_;
};

class Client : public Watched<LineReceiver> {
 public:
  Client(Run& run, Duration patience)
      : Watched(run.watch("a client")), run_(run), patience_(patience) {}

  void connectionMade() override {
    Watched::connectionMade();
    talk();
  }
  void lineReceived(BytesView) override { const auto call = received(); }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    next_.cancelIfActive();
  }

 private:
  /// Sooner than the server gives up, mostly; or never again.
  void talk() {
    sendLine("hello");
    if (run_.random.chance(0.05)) return;
    if (run_.random.chance(0.05)) return transport().loseConnection();
    next_ = transport().clock().callLater(run_.random.upTo(patience_ + patience_ / 10),
                                          [this] { talk(); });
  }

  Run& run_;
  Duration patience_;
  DelayedCall next_;
};

}  // namespace

void timeouts(Run& run) {
  const Duration patience = 1ms + run.random.upTo(30s);
  testing::SimulatedHost& server = run.network.addHost("server");
  const bool broken = run.random.chance(0.3);
  const auto port = server.listenTCP(
      kPort, serversMadeBy([&] {
        auto session = std::make_shared<Session>(run, patience);
        if (!broken) session->watch().allowReasons({"plait::ConnectionDone", "plait::IdleTimeout"});
        return session;
      }));
  for (std::uint64_t i = 1 + run.random.below(8); i > 0; --i) {
    testing::SimulatedHost& client = run.network.addHost(fmt::format("client {}", i));
    run.network.setLink(server, client,
                        broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
    client.connectTCP("server", kPort,
                      clientsMadeBy([&] { return std::make_shared<Client>(run, patience); }));
  }
  run.network.runFor(2h);
  port->stopListening();
  run.network.runUntilIdle(1h);
}

}  // namespace plait::sim
