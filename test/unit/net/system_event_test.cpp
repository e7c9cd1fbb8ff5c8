#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class SystemEvent : public ::testing::Test {
 protected:
  UniqueFunction<void()> note(std::string what) {
    return [this, what] { events.push_back(what); };
  }
  void runAndStop() {
    reactor.callWhenRunning([this] { reactor.stop(); });
    reactor.run();
  }

  Events events;
  CapturedLog captured;
  Reactor reactor{ReactorOptions{.log = &captured.log, .installSignalHandlers = false}};
};

TEST_F(SystemEvent, RunsThePhasesInOrderWhateverTheOrderOfAddition) {
  for (const std::string event : {"shutdown", "startup"}) {
    reactor.addSystemEventTrigger(TriggerPhase::after, event, note("after " + event));
    reactor.addSystemEventTrigger(TriggerPhase::during, event, note("during " + event));
    reactor.addSystemEventTrigger(TriggerPhase::before, event, note("before " + event));
  }
  runAndStop();
  EXPECT_THAT(events, ElementsAre("before startup", "during startup", "after startup",
                                  "before shutdown", "during shutdown", "after shutdown"));
}

TEST_F(SystemEvent, RunsThoseOfAPhaseInTheOrderOfAddition) {
  for (const char* name : {"one", "two", "three"}) {
    reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", note(name));
  }
  runAndStop();
  EXPECT_THAT(events, ElementsAre("one", "two", "three"));
}

TEST_F(SystemEvent, RunsEachOnce) {
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", note("startup"));
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("shutdown"));
  runAndStop();
  runAndStop();
  EXPECT_THAT(events, ElementsAre("startup", "shutdown"));
}

TEST_F(SystemEvent, RemovedOnesDoNotRun) {
  const auto id = reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("removed"));
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("kept"));
  reactor.removeSystemEventTrigger(id);
  runAndStop();
  EXPECT_THAT(events, ElementsAre("kept"));
}

TEST_F(SystemEvent, RemovingTwiceOrTooLateThrows) {
  const auto removed = reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("no"));
  reactor.removeSystemEventTrigger(removed);
  EXPECT_THROW(reactor.removeSystemEventTrigger(removed), std::invalid_argument);

  const auto ran = reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("ran"));
  runAndStop();
  EXPECT_THROW(reactor.removeSystemEventTrigger(ran), std::invalid_argument);
  EXPECT_THROW(reactor.removeSystemEventTrigger(TriggerID::none), std::invalid_argument);
}

TEST_F(SystemEvent, OneMayRemoveALaterOne) {
  TriggerID later = TriggerID::none;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown",
                                [&] { reactor.removeSystemEventTrigger(later); });
  later = reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("removed"));
  runAndStop();
  EXPECT_THAT(events, ElementsAre());
}

TEST_F(SystemEvent, OneAddedByAnotherOfItsPhaseRunsToo) {
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    events.push_back("first");
    reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("added"));
  });
  runAndStop();
  EXPECT_THAT(events, ElementsAre("first", "added"));
}

TEST_F(SystemEvent, OneThatThrowsIsLoggedAndTheOthersRun) {
  for (auto phase : {TriggerPhase::before, TriggerPhase::during, TriggerPhase::after}) {
    reactor.addSystemEventTrigger(phase, "startup", [] { throw std::runtime_error("no start"); });
    reactor.addSystemEventTrigger(phase, "shutdown", [] { throw std::runtime_error("no end"); });
    reactor.addSystemEventTrigger(phase, "shutdown", note("ran"));
  }
  runAndStop();
  EXPECT_THAT(events, ElementsAre("ran", "ran", "ran"));
  EXPECT_EQ(captured.count(LogLevel::error, "'startup' threw"), 3u);
  EXPECT_EQ(captured.count(LogLevel::error, "'shutdown' threw"), 3u);
}

TEST_F(SystemEvent, EventsOfOnesOwnAreFiredByHand) {
  reactor.addSystemEventTrigger(TriggerPhase::after, "reload", note("after"));
  reactor.addSystemEventTrigger(TriggerPhase::before, "reload", note("before"));
  reactor.fireSystemEvent("reload");
  EXPECT_THAT(events, ElementsAre("before", "after"));
  reactor.fireSystemEvent("reload");
  reactor.fireSystemEvent("unknown");
  EXPECT_EQ(events.size(), 2u);
}

TEST_F(SystemEvent, CallWhenRunningWaitsForStartup) {
  EXPECT_NE(reactor.callWhenRunning(note("when running")), TriggerID::none);
  reactor.addSystemEventTrigger(TriggerPhase::during, "startup", note("during"));
  EXPECT_TRUE(events.empty());
  runAndStop();
  EXPECT_THAT(events, ElementsAre("during", "when running"));
}

TEST_F(SystemEvent, CallWhenRunningCallsAtOnceWhenRunning) {
  reactor.callWhenRunning([&] {
    EXPECT_EQ(reactor.callWhenRunning(note("inner")), TriggerID::none);
    events.push_back("outer");
  });
  runAndStop();
  EXPECT_THAT(events, ElementsAre("inner", "outer"));
}

TEST_F(SystemEvent, CallWhenRunningCanBeTakenBack) {
  reactor.removeSystemEventTrigger(reactor.callWhenRunning(note("taken back")));
  runAndStop();
  EXPECT_TRUE(events.empty());
}

TEST_F(SystemEvent, BeforeShutdownEverythingIsStillAlive) {
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  server->script.made = [&](Connection&) { reactor.stop(); };
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    EXPECT_EQ(server->numPorts(), 1);
    EXPECT_FALSE(server->last().transport->disconnecting());
    server->last().transport->write("goodbye");
    events.push_back("before");
  });
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
    EXPECT_EQ(server->numPorts(), 0);
    EXPECT_EQ(server->last().lost, 1);
    events.push_back("during");
  });
  reactor.run();
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.received, "goodbye");
  EXPECT_THAT(events, ElementsAre("before", "during"));
}

}  // namespace
}  // namespace plait::testing
