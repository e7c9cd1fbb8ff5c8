#include <deque>
#include <optional>
#include <plait/deferred/incoming.hpp>

#include "support/outcome.hpp"
#include "support/standard_log_watch.hpp"

namespace plait {
namespace {

using testing::Outcome;

/// A source with a stock, which it delivers while it may.
struct Stock : PushProducer {
  void pauseProducing() override { paused = true; }
  void resumeProducing() override {
    paused = false;
    ++resumed;
    deliver();
  }
  void stopProducing() override {}

  void give(std::initializer_list<int> more) {
    stock.insert(stock.end(), more);
    deliver();
  }
  void deliver() {
    if (std::exchange(delivering, true)) return;  // as FramingProtocol does
    while (!paused && !stock.empty()) {
      const int one = stock.front();
      stock.pop_front();
      incoming->deliver(one);
    }
    delivering = false;
  }

  std::optional<Incoming<int>> incoming{*this};
  std::deque<int> stock;
  bool paused = false;
  bool delivering = false;
  int resumed = 0;
};

struct IncomingTest : ::testing::Test {
  IncomingTest() { incoming.pauseIfUnwanted(); }
  void TearDown() override { EXPECT_TRUE(log.entries.empty()); }

  Stock source;
  Incoming<int>& incoming = *source.incoming;
  testing::StandardLogWatch log;
};

TEST_F(IncomingTest, FiresWithWhatComesNext) {
  Outcome next(incoming.next());
  EXPECT_TRUE(incoming.wanted());
  EXPECT_FALSE(source.paused);
  source.give({1});
  EXPECT_EQ(next.value(), 1);
  EXPECT_FALSE(incoming.wanted());
}

TEST_F(IncomingTest, PausesTheSourceWhileNobodyWaits) {
  EXPECT_TRUE(source.paused);
  Outcome first(incoming.next());
  source.give({1, 2, 3});
  EXPECT_EQ(first.value(), 1);
  EXPECT_TRUE(source.paused);
  EXPECT_EQ(source.stock.size(), 2u);
}

TEST_F(IncomingTest, FiresAtOnceWithWhatTheSourceHadLeft) {
  source.give({1, 2});
  EXPECT_EQ(Outcome(incoming.next()).value(), 1);
  EXPECT_EQ(Outcome(incoming.next()).value(), 2);
  EXPECT_TRUE(Outcome(incoming.next()).pending());
}

TEST_F(IncomingTest, HasOneWaiterAtATime) {
  Outcome first(incoming.next());
  EXPECT_THROW(incoming.next(), std::logic_error);
  source.give({1});
  EXPECT_EQ(first.value(), 1) << "the second harmed the first";
}

TEST_F(IncomingTest, TellsWhoWaitsThatNoMoreWillCome) {
  Outcome next(incoming.next());
  incoming.end(ConnectionLost());
  EXPECT_TRUE(next.failedWith<ConnectionLost>());
  EXPECT_FALSE(incoming.wanted());
}

TEST_F(IncomingTest, TellsWhoAsksLaterToo) {
  incoming.end(ConnectionLost());
  incoming.end(ConnectionDone());
  const int resumed = source.resumed;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Outcome(incoming.next()).failedWith<ConnectionLost>()) << "the first reason counts";
  }
  EXPECT_EQ(source.resumed, resumed);
}

TEST_F(IncomingTest, TakesNothingOnceCancelled) {
  const Deferred<int> next = incoming.next();
  Outcome cancelled(next);
  next.cancel();
  EXPECT_TRUE(cancelled.failedWith<CancelledError>());
  EXPECT_TRUE(source.paused);
  source.give({1});
  EXPECT_EQ(Outcome(incoming.next()).value(), 1);
}

TEST_F(IncomingTest, MayBeAskedFromInsideACancelledWait) {
  const Deferred<int> next = incoming.next();
  std::optional<Outcome<int>> after;
  next.addErrback([&](const Failure&) { after.emplace(incoming.next()); });
  next.cancel();
  EXPECT_FALSE(source.paused);
  source.give({1});
  EXPECT_EQ(after->value(), 1);
}

TEST_F(IncomingTest, IgnoresACancelThatComesTooLate) {
  const Deferred<int> next = incoming.next();
  Outcome got(next);
  source.give({1});
  Outcome another(incoming.next());
  next.cancel();
  EXPECT_TRUE(another.pending());
}

TEST_F(IncomingTest, CancelsWhoWaitsWhenItIsDestroyed) {
  const Deferred<int> next = incoming.next();
  Outcome waiting(next);
  source.incoming.reset();
  EXPECT_TRUE(waiting.failedWith<CancelledError>());
  next.cancel();
}

TEST_F(IncomingTest, MayBeAskedFromInsideItsCallback) {
  std::vector<int> seen;
  std::function<void()> take = [&] {
    incoming.next().addCallbacks(
        [&](int one) {
          seen.push_back(one);
          take();
        },
        [&](const Failure& why) {
          why.trap<ConnectionDone>();
          seen.push_back(-1);
        });
  };
  take();
  source.give({1, 2, 3});
  source.give({4});
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_FALSE(source.paused);
  incoming.end(ConnectionDone());
  EXPECT_EQ(seen.back(), -1);
}

TEST_F(IncomingTest, MayEndFromInsideItsCallback) {
  incoming.next().addCallback([&](int) { incoming.end(ConnectionDone()); });
  source.give({1});
  EXPECT_FALSE(source.paused) << "of no account any more";
  EXPECT_TRUE(Outcome(incoming.next()).failedWith<ConnectionDone>());
}

TEST_F(IncomingTest, MayBeAskedOnceMoreFromInsideItsEnd) {
  std::optional<Outcome<int>> after;
  incoming.next().addErrback([&](const Failure&) { after.emplace(incoming.next()); });
  incoming.end(ConnectionLost());
  EXPECT_TRUE(after->failedWith<ConnectionLost>());
}

Deferred<int> sum(Incoming<int>& incoming) {
  int total = 0;
  try {
    for (;;) total += co_await incoming.next();
  } catch (const ConnectionDone&) {
  }
  co_return total;
}

TEST_F(IncomingTest, FeedsACoroutineWithoutUsingUpTheStack) {
  constexpr int kMany = 100'000;
  source.stock.assign(kMany, 1);
  Outcome total(sum(incoming));
  EXPECT_TRUE(source.stock.empty());
  for (int i = 0; i < kMany; ++i) source.give({1});
  incoming.end(ConnectionDone());
  EXPECT_EQ(total.value(), 2 * kMany);
}

TEST(IncomingOfWhatOnlyMoves, HandsItOn) {
  struct Silent : PushProducer {
    void pauseProducing() override {}
    void resumeProducing() override {}
    void stopProducing() override {}
  } source;
  Incoming<std::unique_ptr<int>> incoming(source);
  Outcome next(incoming.next());
  incoming.deliver(std::make_unique<int>(7));
  EXPECT_EQ(*next.value(), 7);
}

}  // namespace
}  // namespace plait
