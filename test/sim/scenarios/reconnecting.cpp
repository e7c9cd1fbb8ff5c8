#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/echo/echo.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// Clients that connect again, each time later, while the server crashes and comes back and the way
/// to it is cut and mended. Each attempt ends once; no two connections are there at a time; and
/// when all is well again, everybody is connected before long.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4007;
constexpr Duration kLongestDelay = 10s;

class Chirping;

/// Counts what it is told, and tries again.
class Reconnecting : public ClientFactory {
 public:
  explicit Reconnecting(Run& run) : run_(run) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override;

  void startedConnecting(Connector&) override {
    run_.expect(state_ == State::idle, "an attempt begins in the middle of another");
    state_ = State::connecting;
  }
  void clientConnectionFailed(Connector& connector, const Failure&) override {
    run_.expect(state_ == State::connecting, "an attempt fails that was not begun");
    delay_ = std::min(kLongestDelay, 2 * delay_);
    tryLater(connector);
  }
  void clientConnectionLost(Connector& connector, const Failure&) override {
    run_.expect(state_ == State::connected, "a connection is lost that was not there");
    run_.expect(!open, "clientConnectionLost comes before connectionLost");
    tryLater(connector);
  }
  void startFactory() override { ++starts_; }
  void stopFactory() override { ++stops_; }

  void giveUp() {
    over_ = true;
    if (retry_.active()) retry_.cancel();
    if (state_ == State::idle) connector_.reset();
    if (const auto connector = connector_) connector->disconnect();
    connector_.reset();
  }
  void begin(testing::SimulatedHost& host) {
    clock_ = &host;
    connector_ = host.connectTCP("server", kPort, shared(), {.timeout = 5s});
  }
  void expectEnded() const {
    run_.expect(starts_ == stops_, "the factory was started {} times, stopped {} times", starts_,
                stops_);
  }

  Transport* open = nullptr;  // of the connection there is
  std::uint64_t answers = 0;

 private:
  enum class State { idle, connecting, connected };

  std::shared_ptr<ClientFactory> shared() {
    return std::static_pointer_cast<ClientFactory>(shared_from_this());
  }
  void tryLater(Connector& connector) {
    state_ = State::idle;
    if (over_) return;
    retry_ =
        clock_->callLater(delay_ / 2 + run_.random.upTo(delay_ / 2),
                          [connector = connector.shared_from_this()] { connector->connect(); });
  }

  Run& run_;
  ReactorTime* clock_ = nullptr;
  std::shared_ptr<Connector> connector_;
  State state_ = State::idle;
  Duration delay_ = 100ms;
  DelayedCall retry_;
  bool over_ = false;
  int starts_ = 0, stops_ = 0;
};

/// Says something now and then; closes when there is no answer for long.
class Chirping : public Protocol {
 public:
  Chirping(Run& run, Reconnecting& factory) : run_(run), factory_(factory) {}

  void connectionMade() override {
    run_.expect(!factory_.open, "two connections at a time");
    factory_.open = &transport();
    chirp();
  }
  void dataReceived(BytesView data) override {
    waiting_ -= data.size();
    ++factory_.answers;
  }
  void connectionLost(const Failure&) override {
    next_.cancelIfActive();
    factory_.open = nullptr;
  }

 private:
  void chirp() {
    if (waiting_ > 5) return transport().abortConnection();
    if (run_.random.chance(0.02)) return transport().loseConnection();
    transport().write("!");
    ++waiting_;
    next_ = transport().clock().callLater(1s + run_.random.upTo(5s), [this] { chirp(); });
  }

  Run& run_;
  Reconnecting& factory_;
  std::uint64_t waiting_ = 0;
  DelayedCall next_;
};

std::shared_ptr<Protocol> Reconnecting::buildProtocol(const Address&) {
  run_.expect(state_ == State::connecting, "a protocol is built, and nothing connects");
  state_ = State::connected;
  delay_ = 100ms;
  return std::make_shared<WatchedStream<Chirping>>(run_.watch("a client"), run_, *this);
}

void listen(Run& run, testing::SimulatedHost& server) {
  server.listenTCP(kPort, serversMadeBy([&run] {
                     return std::make_shared<WatchedStream<Echo>>(run.watch("the server"));
                   }));
}

/// The server crashes, or the way to a client is cut; after a while it is mended.
void disturb(Run& run, testing::SimulatedHost& server, testing::SimulatedHost& client) {
  const Duration time = run.random.upTo(3min);
  switch (run.random.below(4)) {
    case 0:
      run.network.crash(server);
      run.network.runFor(time);
      run.network.restart(server);
      return listen(run, server);
    case 1:
      run.network.partition(server, client);
      run.network.runFor(time);
      return run.network.repair(server, client);
    case 2:
      run.network.hold(server, client);
      run.network.runFor(time);
      return run.network.release(server, client);
    case 3:
      return run.network.resetConnections(server, client);
  }
}

}  // namespace

void reconnecting(Run& run) {
  testing::SimulatedHost& server = run.network.addHost("server");
  testing::SimulatedHost& client = run.network.addHost("client");
  run.network.setLink(server, client, testing::roughLink(run.random));
  listen(run, server);
  std::vector<std::shared_ptr<Reconnecting>> factories;
  for (std::uint64_t i = 1 + run.random.below(3); i > 0; --i) {
    factories.push_back(std::make_shared<Reconnecting>(run));
    factories.back()->begin(client);
  }
  for (std::uint64_t i = 1 + run.random.below(6); i > 0; --i) {
    run.network.runFor(run.random.upTo(2min));
    disturb(run, server, client);
  }
  for (const auto& factory : factories) {
    const std::uint64_t before = factory->answers;
    run.runUntil([&] { return factory->answers > before; }, "all is well, and a client is answered",
                 10min);
  }
  for (const auto& factory : factories) factory->giveUp();
  run.network.runFor(10min);
  server.stop();
  run.network.runUntilIdle(1h);
  for (const auto& factory : factories) factory->expectEnded();
}

}  // namespace plait::sim
