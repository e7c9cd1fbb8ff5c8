#pragma once

#include <plait/core/log.hpp>
#include <plait/core/reactor_threads.hpp>
#include <stdexcept>

namespace plait::testing {

/// Threads that are none: each call is made at once, on the caller's thread, so that code which
/// uses `deferToThread` can be tested without waiting. What a call throws is logged.
///
///     ImmediateThreads threads;
///     EXPECT_EQ(successResultOf(deferToThread(threads, hashPassword, "secret")), kHash);
///
/// `blockingCallFromThread` works as well, but for a Deferred without result: it waits for ever,
/// for nobody is left to fire it. Twisted: the `callInThread` of its tests' fake reactors.
class ImmediateThreads : public ReactorThreads {
 public:
  explicit ImmediateThreads(Log& log = standardLog()) : log_(log) {}

  void callFromThread(UniqueFunction<void()> call) override { make(std::move(call)); }
  void callInThread(UniqueFunction<void()> call) override { make(std::move(call)); }
  void suggestThreadPoolSize(std::size_t threads) override {
    if (threads == 0) throw std::invalid_argument("suggestThreadPoolSize: at least one");
  }

 private:
  void make(UniqueFunction<void()> call) {
    try {
      call();
    } catch (...) {
      Logger(log_, "plait.threads").failure(Failure(), "a call in a thread threw");
    }
  }

  Log& log_;
};

}  // namespace plait::testing
