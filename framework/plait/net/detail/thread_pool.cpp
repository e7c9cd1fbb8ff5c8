#include <plait/net/detail/thread_pool.hpp>
#include <stdexcept>
#include <system_error>

namespace plait::detail {

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::call(UniqueFunction<void()> work) {
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    start = waiting_.size() > free_ && alive_ < limit_;
    if (start) ++alive_;
  }
  if (start) startThread();
  wake_.notify_one();
}

void ThreadPool::startThread() {
  try {
    threads_.emplace_back([this] { this->work(); });
  } catch (const std::system_error&) {
    const std::lock_guard lock(mutex_);
    if (--alive_ > 0) return;  // those there are will get to it
    waiting_.clear();
    throw;
  }
}

void ThreadPool::setLimit(std::size_t threads) {
  if (threads < 1) throw std::invalid_argument("a thread pool needs one thread at least");
  std::size_t start = 0;
  {
    const std::lock_guard lock(mutex_);
    limit_ = threads;
    // What waits has been counted on threads that were not allowed then.
    while (waiting_.size() > free_ + start && alive_ < limit_) ++alive_, ++start;
  }
  while (start-- > 0) startThread();
  wake_.notify_all();
}

std::size_t ThreadPool::pending() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + running_;
}

void ThreadPool::dropWaiting() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    call = nullptr;
    lock.lock();
  }
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stopping_ = false;
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++free_;
    wake_.wait(lock, [this] { return !waiting_.empty() || stopping_ || alive_ > limit_; });
    --free_;
    if (waiting_.empty() || alive_ > limit_) {
      --alive_;
      return;
    }
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    try {
      call();
    } catch (...) {
      Logger(log_, "plait.threads").failure(Failure(), "a call in a thread threw");
    }
    call = nullptr;  // its captures too are done with before it counts as done
    lock.lock();
    --running_;
  }
}

}  // namespace plait::detail
