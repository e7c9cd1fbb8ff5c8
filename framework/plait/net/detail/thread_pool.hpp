#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <plait/core/log.hpp>
#include <plait/core/unique_function.hpp>
#include <thread>
#include <vector>

namespace plait::detail {

/// The threads of a reactor, for work that blocks. A thread is started when there is work and none
/// is free, up to a limit; it stays until `stop`. Twisted: `ThreadPool`.
///
/// Thread: its owner's, but for the work.
class ThreadPool {
 public:
  explicit ThreadPool(Log& log) : log_(log) {}
  /// Stopped by then.
  ~ThreadPool();

  void call(UniqueFunction<void()> work);
  /// Those too many end when they are free.
  void setLimit(std::size_t threads);

  /// How many calls wait or run.
  std::size_t pending() const;

  /// Destroys what no thread has begun, on this thread and without a lock held.
  void dropWaiting();
  /// Ends the threads. Nothing must be waiting or running. More work starts new ones.
  void stop();

 private:
  void startThread();
  void work();

  Log& log_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<UniqueFunction<void()>> waiting_;
  std::size_t free_ = 0;
  std::size_t running_ = 0;
  std::size_t alive_ = 0;  // threads that serve
  std::size_t limit_ = 10;
  bool stopping_ = false;
};

}  // namespace plait::detail
