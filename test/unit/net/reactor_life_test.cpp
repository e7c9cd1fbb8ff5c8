#include <plait/echo/echo.hpp>
#include <thread>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

TEST(ReactorLife, RunServesUntilStop) {
  Reactor reactor(kNoSignals);
  bool ran = false;
  reactor.callLater(0s, [&] {
    ran = true;
    reactor.stop();
  });
  reactor.run();
  EXPECT_TRUE(ran);
}

TEST(ReactorLife, StaysUpWithNothingToDo) {
  Reactor reactor(kNoSignals);
  std::thread other([&] { reactor.callFromThread([&] { reactor.stop(); }); });
  reactor.run();  // returns for the call, and not before
  other.join();
}

TEST(ReactorLife, RunningIsTrueFromStartupToTheEndOfShutdown) {
  Reactor reactor(kNoSignals);
  std::vector<bool> seen{reactor.running()};
  const auto look = [&] { seen.push_back(reactor.running()); };
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", look);
  reactor.addSystemEventTrigger(TriggerPhase::during, "startup", look);
  reactor.addSystemEventTrigger(TriggerPhase::after, "shutdown", look);
  reactor.callWhenRunning([&] {
    look();
    reactor.stop();
    look();
  });
  reactor.run();
  look();
  EXPECT_THAT(seen, ElementsAre(false, false, true, true, true, true, false));
}

TEST(ReactorLife, StopBeforeRunThrows) {
  Reactor reactor(kNoSignals);
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
}

TEST(ReactorLife, StopAfterItEndedThrows) {
  Reactor reactor(kNoSignals);
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
}

TEST(ReactorLife, SecondStopThrows) {
  Reactor reactor(kNoSignals);
  reactor.callWhenRunning([&] {
    reactor.stop();
    EXPECT_THROW(reactor.stop(), ReactorNotRunning);
  });
  reactor.run();
}

TEST(ReactorLife, RunWhileRunningThrowsAndHarmsNothing) {
  Reactor reactor(kNoSignals);
  int thrown = 0;
  reactor.callLater(0s, [&] {
    EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
    EXPECT_THROW(reactor.startRunning(), ReactorAlreadyRunning);
    ++thrown;
    reactor.callLater(0s, [&] { reactor.stop(); });
  });
  reactor.run();
  EXPECT_EQ(thrown, 1);
}

TEST(ReactorLife, StopReturnsBeforeShutdownIsFired) {
  Reactor reactor(kNoSignals);
  Events events;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown",
                                [&] { events.push_back("shutdown"); });
  reactor.callWhenRunning([&] {
    reactor.stop();
    events.push_back("stopped");
  });
  reactor.run();
  EXPECT_THAT(events, ElementsAre("stopped", "shutdown"));
}

TEST(ReactorLife, CanBeRunAgain) {
  Reactor reactor(kNoSignals);
  for (int round = 0; round < 3; ++round) {
    auto server = ScriptedFactory::make();
    auto client = ScriptedFactory::make();
    server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
    client->script.made = [](Connection& c) { c.transport->write("again"); };
    client->script.data = [&](Connection&, BytesView) { reactor.stop(); };
    auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
    reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
    reactor.run();
    EXPECT_EQ(client->last().received, "again");
    EXPECT_EQ(client->lostConnections(), 1);
    EXPECT_EQ(server->lostConnections(), 1);
    EXPECT_EQ(server->numPorts(), 0);
  }
}

TEST(ReactorLife, TimersLeftOverFromOneRunAreCalledInTheNext) {
  Reactor reactor(kNoSignals);
  bool late = false;
  reactor.callWhenRunning([&] {
    reactor.callLater(50ms, [&] {
      late = true;
      reactor.stop();
    });
    reactor.stop();
  });
  reactor.run();
  reactor.run();
  EXPECT_TRUE(late);
}

TEST(ReactorLife, SeveralLiveInOneProcess) {
  Reactor first(kNoSignals);
  Reactor second(kNoSignals);
  auto server = ScriptedFactory::make();
  auto client = ScriptedFactory::make();
  auto port = first.listenTCP(0, server, {.interface = "127.0.0.1"});
  second.connectTCP("127.0.0.1", port->getHost().port(), client);
  EXPECT_TRUE(runUntil(second, [&] { return client->connected(); }));
  EXPECT_FALSE(server->connected());  // nobody has run the first
  EXPECT_TRUE(runUntil(first, [&] { return server->connected(); }));
}

TEST(ReactorLife, SeveralRunOnSeveralThreads) {
  constexpr int kReactors = 4;
  std::vector<std::thread> threads;
  std::atomic<int> echoed = 0;
  for (int i = 0; i < kReactors; ++i) {
    threads.emplace_back([&] {
      Reactor reactor(kNoSignals);
      auto client = ScriptedFactory::make();
      client->script.made = [](Connection& c) { c.transport->write("x"); };
      client->script.data = [&](Connection& c, BytesView data) {
        if (c.chunks == 100) {
          ++echoed;
          reactor.stop();
        } else {
          c.transport->write(data);
        }
      };
      auto port = reactor.listenTCP(0, Factory::forProtocol<Echo>(), {.interface = "127.0.0.1"});
      reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
      reactor.run();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(echoed, kReactors);
}

TEST(ReactorLife, MayBeMadeOnOneThreadAndRunOnAnother) {
  Reactor reactor(kNoSignals);
  bool ran = false;
  reactor.callLater(0s, [&] {
    ran = true;
    reactor.stop();
  });
  std::thread([&] { reactor.run(); }).join();
  EXPECT_TRUE(ran);
}

TEST(ReactorLife, UsesTheLogItWasGiven) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log, .installSignalHandlers = false});
  EXPECT_EQ(&reactor.log(), &captured.log);
  EXPECT_EQ(&Reactor(kNoSignals).log(), &standardLog());
}

}  // namespace
}  // namespace plait::testing
