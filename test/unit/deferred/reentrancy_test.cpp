#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <string>
#include <vector>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::AtEnd;
using testing::Outcome;
using testing::Tracked;

/// Rule 4: what functions do to Deferreds from inside.

TEST(Reentrancy, AFunctionAddedFromInsideRunsBehindTheOthers) {
  std::vector<std::string> order;
  Deferred<void> deferred;
  deferred.addCallback([&] {
    order.push_back("a-start");
    deferred.addCallback([&] { order.push_back("nested"); });
    order.push_back("a-end");
  });
  deferred.addCallback([&] { order.push_back("b"); });
  deferred.callback();
  EXPECT_THAT(order, ::testing::ElementsAre("a-start", "a-end", "b", "nested"));
}

TEST(Reentrancy, AFunctionAddedFromInsideTheLastOneSeesItsResult) {
  Deferred<int> deferred;
  int seen = 0;
  deferred.addCallback([&](int n) {
    deferred.addCallback([&](int m) { seen = m; });
    return n + 1;
  });
  deferred.callback(1);
  EXPECT_EQ(seen, 2);
}

TEST(Reentrancy, FiringAnotherDeferredRunsItsFunctionsAtOnce) {
  std::vector<std::string> order;
  Deferred<void> first, second;
  second.addCallback([&] { order.push_back("second"); });
  first.addCallback([&] {
    order.push_back("first-start");
    second.callback();
    order.push_back("first-end");
  });
  first.callback();
  EXPECT_THAT(order, ::testing::ElementsAre("first-start", "second", "first-end"));
}

TEST(Reentrancy, FiringItselfAgainIsAnError) {
  Deferred<int> deferred;
  const auto after = deferred.addCallback([&](int) { deferred.callback(2); });
  deferred.callback(1);
  EXPECT_TRUE(Outcome(after).failedWith<AlreadyCalledError>());
}

TEST(Reentrancy, AllHandlesMayGoInsideAFunction) {
  auto deferred = std::make_optional<Deferred<std::string>>();
  std::string seen;
  int alive = 0;
  deferred->addCallback([&, kept = Tracked(alive)](const std::string& text) {
    deferred.reset();
    return text + text;
  });
  deferred->addCallback([&](std::string text) { seen = text; });
  deferred->callback("again ");
  EXPECT_EQ(seen, "again again ");
  EXPECT_EQ(alive, 0);
}

TEST(Reentrancy, AllHandlesMayGoWithWhatAFunctionCaptured) {
  int alive = 0;
  Deferred<int> outer;
  {
    const auto inner = std::make_shared<Deferred<int>>();
    inner->addCallback([kept = Tracked(alive)](int) {});
    outer.addCallback([inner](int n) { return n; });
  }
  EXPECT_EQ(alive, 1);
  outer.callback(1);
  EXPECT_EQ(alive, 0);
}

TEST(Reentrancy, CancellingFromInsideDoesNothing) {
  Deferred<int> deferred;
  deferred.addCallback([&](int n) {
    deferred.cancel();
    return n;
  });
  deferred.callback(1);
  EXPECT_EQ(Outcome(deferred).value(), 1);
}

TEST(Reentrancy, CancellingAnotherFromInsideRunsItsErrbacks) {
  Deferred<int> deferred, other;
  const Outcome outcome(other);
  deferred.addCallback([&](int) {
    other.cancel();
    EXPECT_TRUE(outcome.failedWith<CancelledError>());
  });
  deferred.callback(1);
}

TEST(Reentrancy, UnpausingFromInsideRunsNothingAtOnce) {
  std::vector<std::string> order;
  Deferred<void> deferred;
  deferred.addCallback([&] {
    deferred.pause();
    deferred.unpause();
    order.push_back("a");
  });
  deferred.addCallback([&] { order.push_back("b"); });
  deferred.callback();
  EXPECT_THAT(order, ::testing::ElementsAre("a", "b"));
}

TEST(Reentrancy, TheEndOfACaptureMayAddFunctions) {
  Deferred<int> deferred;
  int seen = 0;
  AtEnd adds([&] { deferred.addCallback([&](int n) { seen = n; }); });
  deferred.addCallback([adds = std::move(adds)](int n) { return n + 1; });
  deferred.callback(1);
  EXPECT_EQ(seen, 2);
}

TEST(Reentrancy, TheEndOfAValueMayLetGoOfAllHandles) {
  auto deferred = std::make_optional<Deferred<std::shared_ptr<void>>>();
  int alive = 0;
  const auto last = [&](void*) { deferred.reset(); };
  deferred->addCallback([](const std::shared_ptr<void>&) { return std::string(60, 'x'); })
      .addCallback([kept = Tracked(alive)](const std::string&) {});
  deferred->callback(std::shared_ptr<void>(nullptr, last));
  EXPECT_FALSE(deferred);
  EXPECT_EQ(alive, 0);
}

TEST(Reentrancy, TheEndOfADeferredMayMakeAndEndOthers) {
  int alive = 0;
  AtEnd ends([&] {
    Deferred<int> other;
    other.addCallback([kept = Tracked(alive)](int) {});
    Deferred<int> fired;
    fired.addCallback([kept = Tracked(alive)](int) {});
    fired.callback(1);
  });
  {
    Deferred<int>().addCallback([ends = std::move(ends)](int) {});
  }
  EXPECT_EQ(alive, 0);
}

TEST(Reentrancy, AddingToAWaitingDeferredFromInsideTheInnerOneKeepsTheOrder) {
  std::vector<std::string> order;
  Deferred<void> inner;
  const auto outer = succeed().addCallback([=] { return inner; });
  outer.addCallback([&] { order.push_back("outer"); });
  inner.addCallback([&] {
    order.push_back("inner");
    outer.addCallback([&] { order.push_back("added"); });
  });
  inner.callback();
  EXPECT_THAT(order, ::testing::UnorderedElementsAre("inner", "outer", "added"));
  EXPECT_LT(std::find(order.begin(), order.end(), "outer"),
            std::find(order.begin(), order.end(), "added"));
}

}  // namespace
}  // namespace plait
