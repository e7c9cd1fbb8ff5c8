#include <array>
#include <memory>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Outcome;

// --- Giving a result (rule 1) -------------------------------------------------------------------

TEST(Deferred, RunsItsCallbacksInOrder) {
  std::vector<int> seen;
  Deferred<int> deferred;
  deferred
      .addCallback([&](int n) {
        seen.push_back(n);
        return n + 1;
      })
      .addCallback([&](int n) { seen.push_back(n); });
  deferred.callback(1);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(Deferred, IsCalledOnce) {
  Deferred<int> deferred;
  EXPECT_FALSE(deferred.called());
  deferred.callback(1);
  EXPECT_TRUE(deferred.called());
  EXPECT_THROW(deferred.callback(2), AlreadyCalledError);
  EXPECT_THROW(deferred.errback(ConnectionLost()), AlreadyCalledError);
  EXPECT_EQ(Outcome(deferred).value(), 1);
}

TEST(Deferred, FailsOnce) {
  Deferred<int> deferred;
  deferred.errback(ConnectionLost());
  EXPECT_THROW(deferred.errback(ConnectionDone()), AlreadyCalledError);
  EXPECT_THROW(deferred.callback(2), AlreadyCalledError);
  EXPECT_TRUE(Outcome(deferred).failedWith<ConnectionLost>());
}

TEST(Deferred, TakesAFailureInCallbackToo) {
  Deferred<int> deferred;
  deferred.callback(Failure(ConnectionLost()));
  EXPECT_TRUE(Outcome(deferred).failedWith<ConnectionLost>());
}

TEST(Deferred, TakesAResult) {
  Deferred<int> value, failure;
  value.callback(Result<int>(3));
  failure.callback(Result<int>(Failure(ConnectionLost())));
  EXPECT_EQ(Outcome(value).value(), 3);
  EXPECT_TRUE(Outcome(failure).failedWith<ConnectionLost>());
}

TEST(Deferred, TakesTheExceptionThatIsBeingHandled) {
  Deferred<int> deferred;
  try {
    throw std::out_of_range("far out");
  } catch (...) {
    deferred.errback();
  }
  const Outcome outcome(deferred);
  EXPECT_TRUE(outcome.failedWith<std::out_of_range>());
  EXPECT_EQ(outcome.message(), "far out");
}

TEST(Deferred, NeedsAnExceptionForErrbackWithoutOne) {
  Deferred<int> deferred;
  EXPECT_THROW(deferred.errback(), std::logic_error);
  EXPECT_FALSE(deferred.called());
}

struct ThrowsWhenMade {
  ThrowsWhenMade(int n) {
    if (n < 0) throw std::invalid_argument("negative");
  }
};

TEST(Deferred, MayStillFailWhenItsValueCouldNotBeMade) {
  Deferred<ThrowsWhenMade> deferred;
  EXPECT_THROW(deferred.callback(-1), std::invalid_argument);
  EXPECT_FALSE(deferred.called());
  deferred.errback(ConnectionLost());
  EXPECT_TRUE(Outcome(deferred).failedWith<ConnectionLost>());
}

TEST(Deferred, HasReadyMadeResults) {
  EXPECT_EQ(Outcome(succeed(5)).value(), 5);
  EXPECT_EQ(Outcome(succeed(std::string("five"))).value(), "five");
  EXPECT_TRUE(Outcome(succeed()).succeeded());
  EXPECT_TRUE(Outcome(fail<int>(ConnectionLost())).failedWith<ConnectionLost>());
  EXPECT_TRUE(Outcome(fail(ConnectionLost())).failedWith<ConnectionLost>());
}

// --- Values -------------------------------------------------------------------------------------

TEST(Deferred, PassesItsValueAsTheFunctionWantsIt) {
  Deferred<std::string> deferred;
  std::string log;
  deferred
      .addCallback([&](const std::string& text) {
        log += text + " by reference,";
        return std::string("b");
      })
      .addCallback([&](std::string text) {
        log += text + " by value,";
        return std::string("c");
      })
      .addCallback([&](std::string&& text) {
        log += text + " to keep,";
        return std::move(text);
      })
      .addCallback([&] { log += " not at all"; });
  deferred.callback("a");
  EXPECT_EQ(log, "a by reference,b by value,c to keep, not at all");
}

TEST(Deferred, HasNoValueWhenVoid) {
  Deferred<void> deferred;
  int calls = 0;
  deferred.addCallback([&] { ++calls; }).addBoth([&](Result<void> result) {
    if (result.success()) ++calls;
  });
  deferred.callback();
  EXPECT_EQ(calls, 2);
  EXPECT_THROW(deferred.callback(), AlreadyCalledError);
}

TEST(Deferred, GoesFromVoidToAValueAndBack) {
  int seen = 0;
  succeed().addCallback([] { return 7; }).addCallback([&](int n) { seen = n; }).addCallback([&] {
    seen *= 2;
  });
  EXPECT_EQ(seen, 14);
}

TEST(Deferred, PassesMoveOnlyValues) {
  using Pointer = std::unique_ptr<int>;
  Deferred<Pointer> deferred;
  const auto last =
      deferred
          .addCallback([](Pointer n) {
            ++*n;
            return n;
          })
          .addErrback([](const Failure&) { return Pointer(); })
          .addBoth([](Result<Pointer> result) { return result; })
          .addCallback([](Pointer&& n) { return std::move(n); })
          .addCallback([](const Pointer& n) { return succeed(std::make_unique<int>(*n + 1)); });
  deferred.callback(std::make_unique<int>(1));
  EXPECT_EQ(*Outcome(last).value(), 3);
}

TEST(Deferred, PassesLargeValues) {
  using Large = std::array<std::string, 4096>;
  Deferred<Large> deferred;
  const auto last = deferred.addCallback([](Large&& large) {
    large[1] = large[0] + " and last";
    return std::move(large);
  });
  auto large = std::make_unique<Large>();
  large->front() = std::string(100, 'f');
  deferred.callback(std::move(*large));
  std::string seen;
  last.addCallback([&](const Large& at) { seen = at[1]; });
  EXPECT_EQ(seen, std::string(100, 'f') + " and last");
}

struct alignas(64) Aligned {
  char text[64];
};

TEST(Deferred, AlignsItsValue) {
  bool aligned = false;
  succeed(Aligned{})
      .addCallback([](const Aligned& at) { return at; })
      .addCallback(
          [&](Aligned&& at) { aligned = reinterpret_cast<std::uintptr_t>(&at) % 64 == 0; });
  EXPECT_TRUE(aligned);
}

// --- Handles and their types --------------------------------------------------------------------

TEST(Deferred, CopiesAreTheSame) {
  Deferred<int> deferred;
  Deferred<int> copy = deferred;
  copy.callback(1);
  EXPECT_TRUE(deferred.called());
}

TEST(Deferred, RefusesFunctionsOnAHandleOfAnEarlierType) {
  Deferred<int> deferred;
  const auto text = deferred.addCallback([](int n) { return std::to_string(n); });
  EXPECT_THROW(deferred.addCallback([](int) {}), std::logic_error);
  EXPECT_THROW(deferred.addErrback([] { return 0; }), std::logic_error);
  EXPECT_THROW(deferred.addBoth([] {}), std::logic_error);
  deferred.callback(1);
  EXPECT_THROW(deferred.addCallback([](int) {}), std::logic_error);
  EXPECT_EQ(Outcome(text).value(), "1");
}

TEST(Deferred, SaysWhichHandleToUse) {
  Deferred<int> deferred;
  deferred.addCallback([](int) {});
  try {
    deferred.addCallback([](int) {});
    FAIL();
  } catch (const std::logic_error& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("deferred_test.cpp:"));
    EXPECT_THAT(e.what(), ::testing::HasSubstr("go on with what the last addCallback"));
  }
}

TEST(Deferred, TakesFunctionsOnAnOldHandleOfTheSameType) {
  Deferred<int> deferred;
  int seen = 0;
  deferred.addCallback([](int n) { return n + 1; });
  deferred.addCallback([](int n) { return n * 10; });
  deferred.addCallback([&](int n) { seen = n; });
  deferred.callback(1);
  EXPECT_EQ(seen, 20);
}

TEST(Deferred, TakesItsResultOnlyThroughAHandleOfItsFirstType) {
  Deferred<int> deferred;
  auto text = deferred.addCallback([](int n) { return std::to_string(n); });
  EXPECT_THROW(text.callback("one"), std::logic_error);
  EXPECT_FALSE(deferred.called());
  deferred.callback(1);
  EXPECT_EQ(Outcome(text).value(), "1");
}

TEST(Deferred, TakesAFailureThroughAnyHandle) {
  Deferred<int> deferred;
  auto text = deferred.addCallback([](int n) { return std::to_string(n); });
  text.errback(ConnectionLost());
  EXPECT_TRUE(Outcome(text).failedWith<ConnectionLost>());
}

}  // namespace
}  // namespace plait
