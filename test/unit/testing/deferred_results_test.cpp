#include <plait/testing/deferred_results.hpp>
#include <plait/testing/logged_errors.hpp>

namespace plait::testing {
namespace {

using ::testing::HasSubstr;

/// What `call` complains of; empty when it does not.
template <class F>
std::string complaintOf(F call) {
  try {
    call();
  } catch (const std::logic_error& complaint) {
    return complaint.what();
  }
  return "";
}

struct DeferredResults : ::testing::Test {
  void TearDown() override { EXPECT_TRUE(errors.empty()) << "an error was left unhandled"; }
  LoggedErrors errors;
};

TEST_F(DeferredResults, SuccessIsTheValue) {
  EXPECT_EQ(successResultOf(succeed(42)), 42);
  EXPECT_EQ(*successResultOf(succeed(std::make_unique<int>(7))), 7);
  successResultOf(succeed());
}

TEST_F(DeferredResults, SuccessIsThatOfTheWholeChain) {
  Deferred<int> inner;
  const auto outer = succeed().addCallback([inner] { return inner; });
  inner.callback(1);
  EXPECT_EQ(successResultOf(outer.addCallback([](int n) { return n + 1; })), 2);
}

TEST_F(DeferredResults, SuccessIsNotThereYet) {
  Deferred<int> deferred;
  const auto ask = [&] { successResultOf(deferred); };
  EXPECT_EQ(complaintOf(ask), "successResultOf: the Deferred has no result yet");
  deferred.callback(1);
  EXPECT_EQ(successResultOf(deferred), 1) << "asking too early had an effect";
}

TEST_F(DeferredResults, SuccessIsNotThereWhileTheDeferredIsPausedOrWaits) {
  const auto paused = succeed(1);
  paused.pause();
  EXPECT_THROW(successResultOf(paused), std::logic_error);
  paused.unpause();
  EXPECT_EQ(successResultOf(paused), 1);

  Deferred<int> inner;
  const auto waits = succeed().addCallback([inner] { return inner; });
  EXPECT_TRUE(waits.called());
  EXPECT_THROW(successResultOf(waits), std::logic_error);
}

TEST_F(DeferredResults, SuccessIsNoFailure) {
  EXPECT_EQ(complaintOf([] { successResultOf(fail<int>(std::runtime_error("no disk"))); }),
            "successResultOf: the Deferred has failed with std::runtime_error: no disk");
}

TEST_F(DeferredResults, FailureIsTheFailure) {
  const Failure failure = failureResultOf(fail<int>(ConnectionLost()));
  EXPECT_EQ(failure.typeName(), "plait::ConnectionLost");
  failureResultOf(fail(ConnectionDone()));
}

TEST_F(DeferredResults, FailureMustBeOfOneOfTheTypes) {
  failureResultOf<ConnectionLost>(fail(ConnectionLost()));
  failureResultOf<ConnectionClosed>(fail<int>(ConnectionLost()));
  failureResultOf<CancelledError, ConnectionLost>(fail(ConnectionLost()));
  EXPECT_THAT(complaintOf([] { failureResultOf<CancelledError>(fail(ConnectionLost())); }),
              HasSubstr("another error, plait::ConnectionLost: "));
}

TEST_F(DeferredResults, FailureIsNotThereYetOrNotAtAll) {
  Deferred<int> deferred;
  const auto ask = [&] { failureResultOf(deferred); };
  EXPECT_EQ(complaintOf(ask), "failureResultOf: the Deferred has no result yet");
  deferred.callback(1);
  EXPECT_EQ(complaintOf(ask), "failureResultOf: the Deferred has a value, not a failure");
}

TEST_F(DeferredResults, NoneLeavesTheDeferredAsItWas) {
  Deferred<int> deferred;
  assertNoResult(deferred);
  int seen = 0;
  deferred.addCallback([&](int n) { seen = n; });
  deferred.callback(3);
  EXPECT_EQ(seen, 3);
}

TEST_F(DeferredResults, NoneIsWrongOnceThereIsOne) {
  const auto value = succeed(4);
  EXPECT_EQ(complaintOf([&] { assertNoResult(value); }),
            "assertNoResult: the Deferred has a value");
  EXPECT_EQ(successResultOf(value), 4) << "the value was taken";
  EXPECT_THAT(complaintOf([] { assertNoResult(fail(ConnectionLost())); }),
              HasSubstr("has failed with plait::ConnectionLost: "));
}

Deferred<int> twice(Deferred<int> n) {
  co_return 2 * co_await n;
}

TEST_F(DeferredResults, AreThoseOfCoroutinesToo) {
  Deferred<int> n;
  const auto deferred = twice(n);
  assertNoResult(deferred);
  n.callback(21);
  EXPECT_EQ(successResultOf(deferred), 42);
  failureResultOf<ConnectionLost>(twice(fail<int>(ConnectionLost())));
}

}  // namespace
}  // namespace plait::testing
