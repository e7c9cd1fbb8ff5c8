#include <memory>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/logged_errors.hpp>
#include <stdexcept>
#include <thread>

namespace plait::testing {
namespace {

struct LoggedErrorsTest : ::testing::Test {
  void fail(Failure failure) { logger.failure(failure, "it failed"); }

  Log log;
  Logger logger{log, "test"};
};

TEST_F(LoggedErrorsTest, AreTheFailuresThatAreLogged) {
  const LoggedErrors errors(log);
  EXPECT_TRUE(errors.empty());
  logger.error("no failure, only words");
  EXPECT_TRUE(errors.empty());
  fail(ConnectionLost());
  fail(std::runtime_error("broken"));
  EXPECT_EQ(errors.size(), 2u);
}

TEST_F(LoggedErrorsTest, AreTakenOutByType) {
  LoggedErrors errors(log);
  fail(ConnectionLost());
  fail(std::runtime_error("1"));
  fail(ConnectionAborted());
  fail(std::runtime_error("2"));
  const auto runtime = errors.flush<std::runtime_error>();
  ASSERT_EQ(runtime.size(), 2u);
  EXPECT_EQ(runtime[0].getErrorMessage(), "1");
  EXPECT_EQ(runtime[1].getErrorMessage(), "2");
  EXPECT_TRUE(errors.flush<std::runtime_error>().empty());
  EXPECT_EQ(errors.flush<ConnectionLost>().size(), 2u) << "derived classes match too";
  EXPECT_TRUE(errors.empty());
}

TEST_F(LoggedErrorsTest, AreTakenOutBySeveralTypesOrAll) {
  LoggedErrors errors(log);
  fail(ConnectionDone());
  fail(Failure(std::make_exception_ptr(42)));
  fail(std::runtime_error("x"));
  EXPECT_EQ((errors.flush<int, ConnectionDone>().size()), 2u);
  EXPECT_EQ(errors.flush().size(), 1u);
  EXPECT_TRUE(errors.empty());
}

TEST_F(LoggedErrorsTest, AreSeenByOtherObserversToo) {
  int seen = 0;
  log.addObserver([&](const LogEvent&) { ++seen; });
  const LoggedErrors first(log), second(log);
  fail(ConnectionLost());
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(first.size(), 1u);
  EXPECT_EQ(second.size(), 1u);
}

TEST_F(LoggedErrorsTest, AreThoseOfItsLifetime) {
  fail(ConnectionLost());
  {
    const LoggedErrors errors(log);
    EXPECT_TRUE(errors.empty());
  }
  fail(ConnectionLost());
}

TEST_F(LoggedErrorsTest, MayGoWhileAnEventIsLogged) {
  std::unique_ptr<LoggedErrors> errors;
  log.addObserver([&](const LogEvent&) { errors.reset(); });
  errors = std::make_unique<LoggedErrors>(log);
  fail(ConnectionLost());
  EXPECT_FALSE(errors);
}

TEST_F(LoggedErrorsTest, ComeFromAnyThread) {
  LoggedErrors errors(log);
  std::size_t taken = 0;
  {
    const auto failing = [this] {
      for (int i = 0; i < 1000; ++i) fail(ConnectionLost());
    };
    const std::jthread one(failing), other(failing);
    for (int i = 0; i < 100; ++i) taken += errors.flush<ConnectionLost>().size();
  }
  EXPECT_EQ(taken + errors.size(), 2000u);
}

TEST(LoggedErrorsOfTheStandardLog, HaveTheUnhandledErrorsOfDeferreds) {
  LoggedErrors errors;
  fail(ConnectionLost());
  EXPECT_EQ(errors.flush<ConnectionLost>().size(), 1u);
  fail(ConnectionLost()).addErrback([](const Failure&) {});
  EXPECT_TRUE(errors.empty());
}

}  // namespace
}  // namespace plait::testing
