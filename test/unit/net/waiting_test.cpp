#include <csignal>
#include <plait/deferred/defer_later.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// What the core waits for: ports that close, buffers that empty, triggers that take their time.
class Waiting : public ServerTest {};

TEST_F(Waiting, APortTellsWhenItIsClosed) {
  bool closed = false;
  port->stopListening().addCallback([&] { closed = true; });
  EXPECT_TRUE(closed);
  EXPECT_THROW(RawPeer{port->getHost()}, std::system_error);
  bool again = false;
  port->stopListening().addCallback([&] { again = true; });
  EXPECT_TRUE(again);
}

TEST_F(Waiting, ATransportTellsWhenItHasSentAll) {
  RawPeer peer = connectRaw();
  Transport& transport = *server->last().transport;
  transport.write(pattern(20 * kMegabyte));
  bool drained = false;
  transport.drained().addCallback([&] { drained = true; });
  runWhatIsReady();
  EXPECT_FALSE(drained);
  EXPECT_GT(transport.bufferedBytes(), 0u);
  runUntil([&] {
    peer.receive();
    return drained;
  });
  EXPECT_EQ(transport.bufferedBytes(), 0u);
}

TEST_F(Waiting, ATransportWithNothingToSendTellsAtOnce) {
  RawPeer peer = connectRaw();
  EXPECT_TRUE(server->last().transport->drained().called());
}

TEST_F(Waiting, ALostConnectionFailsThoseThatWait) {
  RawPeer peer = connectRaw();
  const auto transport = server->last().transport;
  transport->write(pattern(20 * kMegabyte));
  runWhatIsReady();
  std::vector<Failure> reasons;
  for (int i = 0; i < 2; ++i) {
    transport->drained().addErrback([&](const Failure& why) { reasons.push_back(why); });
  }
  transport->abortConnection();
  EXPECT_TRUE(reasons.empty());
  runUntil([&] { return server->last().lost == 1; });
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_TRUE(reasons[0].check<ConnectionAborted>());
  bool late = false;
  transport->drained().addErrback([&](const Failure&) { late = true; });
  EXPECT_TRUE(late);
}

TEST_F(Waiting, ACoroutineWritesAsFastAsItsPeerReads) {
  RawPeer peer = connectRaw();
  const auto transport = server->last().transport;
  std::size_t most = 0;
  bool done = false;
  const auto write = [](Transport& to, std::size_t& peak) -> Deferred<void> {
    for (int i = 0; i < 100; ++i) {
      to.write(pattern(100'000));
      co_await to.drained();
      peak = std::max(peak, to.bufferedBytes());
    }
  };
  write(*transport, most).addCallback([&] { done = true; });
  runUntil([&] {
    peer.receive();
    return done;
  });
  runUntil([&] {
    peer.receive();
    return peer.received.size() == 100u * 100'000;
  });
  EXPECT_EQ(most, 0u);
}

TEST(WaitingToStop, ShutdownWaitsForWhatItsTriggersReturn) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log, .installSignalHandlers = false});
  auto server = ScriptedFactory::make();
  const auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  std::unique_ptr<RawPeer> peer;
  Events events;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    events.push_back("before");
    Deferred<int> saved;  // of any type
    // The network is alive meanwhile: somebody connects, and is served.
    peer = std::make_unique<RawPeer>(port->getHost());
    server->script.made = [&, saved](Connection&) mutable {
      events.push_back("served");
      reactor.callLater(1ms, [&, saved]() mutable {
        events.push_back("saved");
        saved.callback(1);
      });
    };
    return saved;
  });
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown",
                                [&] { events.push_back("before too"); });
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown",
                                [&] { events.push_back("during"); });
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_THAT(events, ElementsAre("before", "before too", "served", "saved", "during"));
}

TEST(WaitingToStop, AFailureIsLoggedAndHoldsNothingUp) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log, .installSignalHandlers = false});
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown",
                                [] { return fail(std::runtime_error("disk full")); });
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_TRUE(captured.hasFailure("disk full"));
}

TEST(WaitingToStop, ADeferredNobodyWillFireHoldsNothingUp) {
  Reactor reactor({.installSignalHandlers = false});
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [] { return Deferred<void>(); });
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

TEST(WaitingToStop, ASecondSignalEndsTheWait) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log});
  Deferred<void> never;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    std::raise(SIGTERM);
    return never;
  });
  reactor.callWhenRunning([] { std::raise(SIGTERM); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

TEST(WaitingToStop, ATriggerMayBeACoroutineWithCaptures) {
  Reactor reactor({.installSignalHandlers = false});
  std::string seen;
  reactor.addSystemEventTrigger(
      TriggerPhase::before, "shutdown",
      [&reactor, &seen,
       text = std::string("a text too long to be kept in place")]() -> Deferred<void> {
        co_await deferLater(reactor, 1ms);
        seen = text;
      });
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(seen, "a text too long to be kept in place");
}

TEST(WaitingToStop, WhatOneStopHasLeftOverDoesNotEndTheNext) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log});
  Deferred<void> stale;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    std::raise(SIGTERM);  // the second: it does not wait for `stale`
    return stale;
  });
  reactor.callWhenRunning([] { std::raise(SIGTERM); });
  reactor.run();

  Events events;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    stale.callback();
    return deferLater(reactor, 2ms).addCallback([&] { events.push_back("before"); });
  });
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown",
                                [&] { events.push_back("during"); });
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_THAT(events, ElementsAre("before", "during"));
}

TEST(WaitingToStart, ASignalEndsTheWait) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log});
  Deferred<void> never;
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", [&] {
    std::raise(SIGTERM);
    return never;
  });
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

TEST(WaitingToStop, AReactorMayBeDestroyedMeanwhile) {
  auto reactor = std::make_unique<Reactor>(ReactorOptions{.installSignalHandlers = false});
  Deferred<void> late;
  reactor->addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return late; });
  reactor->startRunning();
  reactor->stop();
  runWhatIsReady(*reactor);
  EXPECT_TRUE(reactor->running());
  reactor.reset();
  late.callback();
}

TEST(WaitingToStart, StartupWaitsToo) {
  Reactor reactor({.installSignalHandlers = false});
  Events events;
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", [&] {
    Deferred<void> ready;
    reactor.callLater(1ms, [&, ready]() mutable {
      events.push_back("ready");
      ready.callback();
    });
    return ready;
  });
  reactor.callWhenRunning([&] {
    events.push_back("running");
    reactor.stop();
  });
  reactor.run();
  EXPECT_THAT(events, ElementsAre("ready", "running"));
}

}  // namespace
}  // namespace plait::testing
