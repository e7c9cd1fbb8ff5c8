#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class CallLater : public NetTest {
 protected:
  DelayedCall later(Duration delay, std::string what) {
    return reactor.callLater(delay, [this, what] { events.push_back(what); });
  }
};

TEST_F(CallLater, RunsOnceAndNeverFromInsideTheCall) {
  const auto call = later(0s, "ran");
  EXPECT_TRUE(events.empty());
  EXPECT_TRUE(call.active());
  runUntil([&] { return !events.empty(); });
  runWhatIsReady();
  EXPECT_THAT(events, ElementsAre("ran"));
  EXPECT_FALSE(call.active());
}

TEST_F(CallLater, RunsTheEarlierFirst) {
  later(20ms, "late");
  later(10ms, "middle");
  later(0ms, "early");
  runUntil([&] { return events.size() == 3; });
  EXPECT_THAT(events, ElementsAre("early", "middle", "late"));
}

TEST_F(CallLater, RunsEqualDeadlinesInTheOrderOfTheCalls) {
  constexpr int kCalls = 200;
  std::vector<int> order;
  std::vector<DelayedCall> calls;
  for (int i = 0; i < kCalls; ++i) {
    calls.push_back(reactor.callLater(1h, [&order, i] { order.push_back(i); }));
  }
  const TimePoint moment = calls.back().getTime();
  for (auto& call : calls) call.delay(moment - call.getTime());  // now truly equal
  const Duration sooner = reactor.now() - moment;
  for (auto& call : calls) call.delay(sooner);
  runUntil([&] { return order.size() == kCalls; });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(CallLater, NotBeforeItsTime) {
  bool early = true;
  DelayedCall call = reactor.callLater(5ms, [&] { early = reactor.now() < call.getTime(); });
  runUntil([&] { return !call.active(); });
  EXPECT_FALSE(early);
}

TEST_F(CallLater, ACancelledOneNeverRuns) {
  auto call = later(0s, "cancelled");
  later(1ms, "other");
  call.cancel();
  EXPECT_FALSE(call.active());
  runUntil([&] { return !events.empty(); });
  EXPECT_THAT(events, ElementsAre("other"));
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
  EXPECT_THROW(call.reset(1s), AlreadyCancelled);
  EXPECT_THROW(call.delay(1s), AlreadyCancelled);
  EXPECT_NO_THROW(call.cancelIfActive());
}

TEST_F(CallLater, ACallMayCancelAnotherThatIsDueWithIt) {
  DelayedCall second;
  reactor.callLater(0s, [&] {
    events.push_back("first");
    second.cancel();
  });
  second = later(0s, "second");
  later(1ms, "third");
  runUntil([&] { return events.size() == 2; });
  EXPECT_THAT(events, ElementsAre("first", "third"));
}

TEST_F(CallLater, IsTooLateToChangeOnceItRan) {
  DelayedCall call;
  call = reactor.callLater(0s, [&] {
    EXPECT_FALSE(call.active());
    EXPECT_THROW(call.cancel(), AlreadyCalled);
    events.push_back("ran");
  });
  runUntil([&] { return !events.empty(); });
  EXPECT_THROW(call.cancel(), AlreadyCalled);
  EXPECT_THROW(call.reset(1s), AlreadyCalled);
  EXPECT_THROW(call.delay(1s), AlreadyCalled);
}

TEST_F(CallLater, ResetCountsFromNow) {
  auto call = later(1h, "reset");
  later(1ms, "other");
  call.reset(0s);
  runUntil([&] { return events.size() == 2; });
  EXPECT_THAT(events, ElementsAre("reset", "other"));
}

TEST_F(CallLater, DelayCountsFromThePlannedTime) {
  auto call = later(1h, "delayed");
  const TimePoint planned = call.getTime();
  call.delay(2h);
  EXPECT_EQ(call.getTime(), planned + 2h);
  call.delay(-3h);  // negative is sooner
  EXPECT_EQ(call.getTime(), planned - 1h);
  runUntil([&] { return events.size() == 1; });
}

TEST_F(CallLater, MovedToALaterTimeItWaitsForThat) {
  auto call = later(0s, "moved");
  call.reset(10ms);
  later(5ms, "other");
  runUntil([&] { return events.size() == 2; });
  EXPECT_THAT(events, ElementsAre("other", "moved"));
}

TEST_F(CallLater, NegativeDelaysAreRefused) {
  EXPECT_THROW(later(-1ns, "never"), std::invalid_argument);
}

TEST_F(CallLater, WhatOneThrowsIsLoggedAndTheOthersRun) {
  later(0s, "before");
  reactor.callLater(0s, [] { throw std::runtime_error("broken timer"); });
  reactor.callLater(0s, [] { throw 42; });
  later(0s, "after");
  runUntil([&] { return events.size() == 2; });
  EXPECT_THAT(events, ElementsAre("before", "after"));
  EXPECT_EQ(captured.count(LogLevel::error, "a delayed call threw"), 2u);
}

TEST_F(CallLater, CallsAddedWhileCallsRunWaitForTheNextRound) {
  reactor.callLater(0s, [&] {
    events.push_back("first");
    later(0s, "added");
    reactor.callFromThread([this] { events.push_back("between the rounds"); });
  });
  later(0s, "second");
  runUntil([&] { return events.size() == 4; });
  EXPECT_EQ(events[0], "first");
  EXPECT_EQ(events[1], "second");
}

TEST_F(CallLater, OnesThatAlwaysAddAnotherDoNotStarveTheRest) {
  std::function<void()> again = [&] { reactor.callLater(0s, [&] { again(); }); };
  again();
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  bool later = false;
  reactor.callLater(1ms, [&] { later = true; });
  runUntil([&] { return later; });
}

TEST_F(CallLater, RunsThousandsInOrder) {
  constexpr int kCalls = 5000;
  std::vector<DelayedCall> calls;
  std::vector<TimePoint> order;
  for (int i = 0; i < kCalls; ++i) {
    const auto delay = std::chrono::microseconds((i * 7919) % 10'000);
    auto at = std::make_shared<TimePoint>();
    calls.push_back(reactor.callLater(delay, [&order, at] { order.push_back(*at); }));
    *at = calls.back().getTime();
  }
  std::size_t cancelled = 0;
  for (std::size_t i = 0; i < calls.size(); i += 3, ++cancelled) calls[i].cancel();
  runUntil([&] { return order.size() == kCalls - cancelled; });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(CallLater, LetsGoOfWhatACancelledCallHeld) {
  auto held = std::make_shared<int>(1);
  auto call = reactor.callLater(1h, [held] {});
  EXPECT_EQ(held.use_count(), 2);
  call.cancel();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(CallLater, HandlesOutliveTheReactor) {
  DelayedCall call;
  {
    Reactor other(kNoSignals);
    call = other.callLater(1h, [] {});
  }
  EXPECT_FALSE(call.active());
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
}

}  // namespace
}  // namespace plait::testing
