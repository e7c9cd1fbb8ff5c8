#include <csignal>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Signals : public ::testing::TestWithParam<int> {
 protected:
  CapturedLog captured;
};

INSTANTIATE_TEST_SUITE_P(, Signals, ::testing::Values(SIGINT, SIGTERM), [](const auto& param) {
  return param.param == SIGINT ? "SIGINT" : "SIGTERM";
});

TEST_P(Signals, StopTheReactor) {
  Reactor reactor({.log = &captured.log});
  bool shutDown = false;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { shutDown = true; });
  reactor.callWhenRunning([] { std::raise(GetParam()); });
  reactor.run();
  EXPECT_TRUE(shutDown);
  EXPECT_EQ(captured.count(LogLevel::info, "received, stopping"), 1u);
}

TEST_P(Signals, StopAReactorThatSleeps) {
  Reactor reactor({.log = &captured.log});
  reactor.callLater(1ms, [] { std::raise(GetParam()); });
  reactor.run();
}

TEST_P(Signals, StopItAgainInTheNextRun) {
  Reactor reactor({.log = &captured.log});
  for (int round = 0; round < 3; ++round) {
    reactor.callLater(0s, [] { std::raise(GetParam()); });
    reactor.run();
  }
  EXPECT_EQ(captured.count(LogLevel::info, "received, stopping"), 3u);
}

TEST_P(Signals, DrainFirst) {
  Reactor reactor({.log = &captured.log});
  auto server = ScriptedFactory::make();
  auto client = ScriptedFactory::make();
  const Bytes reply = pattern(3 * kMegabyte);
  server->script.made = [&](Connection& c) {
    c.transport->write(reply);
    std::raise(GetParam());
  };
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
  reactor.run();
  // Both ends live on this reactor, and both are closed: what was sent has left, at least.
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_P(Signals, ASecondOneEndsTheDrainAtOnce) {
  Reactor reactor({.log = &captured.log, .drainTimeout = 1h});
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());  // never reads
  server->script.made = [&](Connection& c) {
    c.transport->write(Bytes(20 * kMegabyte, 'x'));
    reactor.callLater(1ms, [] { std::raise(GetParam()); });
    reactor.callLater(50ms, [] { std::raise(GetParam()); });
  };
  reactor.run();
  EXPECT_TRUE(server->last().lostWith<ConnectionAborted>());
  EXPECT_EQ(captured.count(LogLevel::warn, "connections are aborted"), 1u);
}

TEST_P(Signals, TwoAtOnceEndTheDrainToo) {
  Reactor reactor({.log = &captured.log, .drainTimeout = 1h});
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  server->script.made = [&](Connection& c) {
    c.transport->write(Bytes(20 * kMegabyte, 'x'));
    std::raise(GetParam());
    std::raise(GetParam());
  };
  reactor.run();
  EXPECT_TRUE(server->last().lostWith<ConnectionAborted>());
}

TEST_P(Signals, AreLeftToOthersWhenSwitchedOff) {
  static volatile std::sig_atomic_t seen;
  seen = 0;
  auto* before = std::signal(GetParam(), [](int) { seen = 1; });
  Reactor reactor(kNoSignals);
  bool running = false;
  reactor.callWhenRunning([&] { std::raise(GetParam()); });
  reactor.callLater(1ms, [&] {
    running = reactor.running();
    reactor.stop();
  });
  reactor.run();
  std::signal(GetParam(), before);
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(running);
}

TEST_P(Signals, AreGivenBackAfterTheRun) {
  EXPECT_EXIT(
      {
        Reactor reactor({.log = &captured.log});
        reactor.callWhenRunning([&] { reactor.stop(); });
        reactor.run();
        std::raise(GetParam());
        std::exit(0);
      },
      ::testing::KilledBySignal(GetParam()), "");
}

}  // namespace
}  // namespace plait::testing
