#include <plait/deferred/threads.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/immediate_threads.hpp>
#include <plait/testing/logged_errors.hpp>
#include <thread>

namespace plait::testing {
namespace {

struct ImmediateThreadsTest : ::testing::Test {
  void TearDown() override { EXPECT_TRUE(errors.empty()); }

  Log log;
  LoggedErrors errors{log};
  ImmediateThreads threads{log};
};

TEST_F(ImmediateThreadsTest, CallAtOnceAndHere) {
  std::thread::id in, from;
  threads.callInThread([&] { in = std::this_thread::get_id(); });
  threads.callFromThread([&] { from = std::this_thread::get_id(); });
  EXPECT_EQ(in, std::this_thread::get_id());
  EXPECT_EQ(from, std::this_thread::get_id());
}

TEST_F(ImmediateThreadsTest, LogWhatACallThrows) {
  threads.callInThread([] { throw std::runtime_error("in"); });
  threads.callFromThread([] { throw std::runtime_error("from"); });
  EXPECT_EQ(errors.flush<std::runtime_error>().size(), 2u);
}

TEST_F(ImmediateThreadsTest, GiveTheResultOfDeferToThread) {
  const auto add = [](std::unique_ptr<int> n, int m) { return *n + m; };
  EXPECT_EQ(successResultOf(deferToThread(threads, add, std::make_unique<int>(40), 2)), 42);
  int calls = 0;
  successResultOf(deferToThread(threads, [&] { ++calls; }));
  EXPECT_EQ(calls, 1);
  failureResultOf<std::out_of_range>(deferToThread(threads, [] { throw std::out_of_range("no"); }));
}

TEST_F(ImmediateThreadsTest, ServeACoroutine) {
  const auto work = [](ReactorThreads& pool) -> Deferred<int> {
    int sum = 0;
    for (int i = 1; i <= 3; ++i) sum += co_await deferToThread(pool, [i] { return i; });
    co_return sum;
  };
  EXPECT_EQ(successResultOf(work(threads)), 6);
}

TEST_F(ImmediateThreadsTest, AnswerBlockingCalls) {
  EXPECT_EQ(blockingCallFromThread(
                threads, [](int n) { return n + 1; }, 1),
            2);
  EXPECT_EQ(blockingCallFromThread(threads, [] { return succeed(3); }), 3);
  blockingCallFromThread(threads, [] {});
  EXPECT_THROW(blockingCallFromThread(threads, [] { return fail(ConnectionLost()); }),
               ConnectionLost);
}

TEST_F(ImmediateThreadsTest, AnswerBlockingCallsFromTheirThreads) {
  EXPECT_EQ(successResultOf(deferToThread(
                threads, [&] { return blockingCallFromThread(threads, [] { return 5; }); })),
            5);
}

TEST_F(ImmediateThreadsTest, AreAtLeastOne) {
  threads.suggestThreadPoolSize(1);
  EXPECT_THROW(threads.suggestThreadPoolSize(0), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
