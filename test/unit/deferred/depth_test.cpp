#include <plait/deferred/deferred.hpp>

#include "support/outcome.hpp"
#include "support/small_stack.hpp"

namespace plait {
namespace {

using testing::kVeryDeep;
using testing::kVeryMany;
using testing::runWithSmallStack;

/// However long or deep, nothing uses more of the stack.

constexpr int kManyCoroutines = 100'000;

/// Each waits for the one before it; made from the inside to the outside.
Deferred<int> nested(const Deferred<int>& innermost, int depth) {
  Deferred<int> outermost = innermost;
  for (int i = 0; i < depth; ++i) {
    outermost = succeed().addCallback([inner = std::move(outermost)] { return inner; });
  }
  return outermost;
}

Deferred<int> plusOne(Deferred<int> inner) {
  co_return co_await std::move(inner) + 1;
}

Deferred<int> nestedCoroutines(const Deferred<int>& innermost) {
  Deferred<int> outermost = innermost;
  for (int i = 0; i < kManyCoroutines; ++i) outermost = plusOne(std::move(outermost));
  return outermost;
}

TEST(Depth, VeryManyLinksRun) {
  runWithSmallStack([] {
    Deferred<int> deferred;
    for (int i = 0; i < kVeryMany; ++i) deferred.addCallback([](int n) { return n + 1; });
    deferred.callback(0);
    EXPECT_EQ(testing::Outcome(deferred).value(), kVeryMany);
  });
}

TEST(Depth, VeryManyLinksAreDestroyedUnfired) {
  runWithSmallStack([] {
    Deferred<int> deferred;
    for (int i = 0; i < kVeryMany; ++i) deferred.addCallback([](int n) { return n + 1; });
  });
}

TEST(Depth, VeryManyNestedDeferredsFire) {
  runWithSmallStack([] {
    Deferred<int> innermost;
    testing::Outcome outcome(nested(innermost, kVeryDeep));
    innermost.callback(5);
    EXPECT_EQ(outcome.value(), 5);
  });
}

TEST(Depth, VeryManyNestedFiredDeferreds) {
  runWithSmallStack([] { EXPECT_EQ(testing::Outcome(nested(succeed(6), kVeryDeep)).value(), 6); });
}

TEST(Depth, VeryManyNestedDeferredsAreDestroyedUnfired) {
  runWithSmallStack([] { nested(Deferred<int>(), kVeryDeep); });
}

TEST(Depth, VeryManyDeferredsThatHoldEachOtherAreDestroyed) {
  runWithSmallStack([] {
    Deferred<int> last;
    for (int i = 0; i < kVeryDeep; ++i) {
      Deferred<int> next;
      next.addCallback([last = std::move(last)](int n) { return n; });
      last = std::move(next);
    }
  });
}

TEST(Depth, ManyNestedDeferredsAreCancelled) {
  runWithSmallStack([] {
    const Deferred<int> innermost;
    const auto outermost = nested(innermost, kVeryDeep);
    outermost.cancel();
    EXPECT_TRUE(testing::Outcome(outermost).failedWith<CancelledError>());
  });
}

TEST(Depth, ManyNestedCoroutinesComplete) {
  runWithSmallStack([] {
    Deferred<int> innermost;
    testing::Outcome outcome(nestedCoroutines(innermost));
    innermost.callback(0);
    EXPECT_EQ(outcome.value(), kManyCoroutines);
  });
}

TEST(Depth, ManyNestedCoroutinesFail) {
  runWithSmallStack([] {
    Deferred<int> innermost;
    testing::Outcome outcome(nestedCoroutines(innermost));
    innermost.errback(ConnectionLost());
    EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
  });
}

TEST(Depth, ManyNestedCoroutinesAreDestroyedUnfired) {
  runWithSmallStack([] { nestedCoroutines(Deferred<int>()); });
}

TEST(Depth, ManyNestedCoroutinesAreCancelled) {
  runWithSmallStack([] {
    const auto outermost = nestedCoroutines(Deferred<int>());
    const Deferred<int> innermost;
    const auto other = nestedCoroutines(innermost);
    outermost.cancel();
    other.cancel();
    EXPECT_TRUE(testing::Outcome(other).failedWith<CancelledError>());
  });
}

Deferred<long> sumOfReady(int count) {
  long sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await succeed(i);
  co_return sum;
}

TEST(Depth, ACoroutineAwaitsAMillionReadyDeferreds) {
  runWithSmallStack(
      [] { EXPECT_EQ(testing::Outcome(sumOfReady(1'000'000)).value(), 499'999'500'000); });
}

Deferred<long> sumOfFired(Deferred<int>& current, int count) {
  long sum = 0;
  for (int i = 0; i < count; ++i) {
    current = Deferred<int>();
    sum += co_await Deferred<int>(current);
  }
  co_return sum;
}

TEST(Depth, ACoroutineAwaitsManyDeferredsThatAreFiredOneByOne) {
  runWithSmallStack([] {
    Deferred<int> current;
    testing::Outcome outcome(sumOfFired(current, 100'000));
    while (outcome.pending()) Deferred<int>(current).callback(1);
    EXPECT_EQ(outcome.value(), 100'000);
  });
}

}  // namespace
}  // namespace plait
