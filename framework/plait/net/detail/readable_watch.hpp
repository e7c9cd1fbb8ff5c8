#pragma once

#include <plait/core/unique_function.hpp>
#include <plait/net/detail/loop.hpp>
#if PLAIT_EPOLL
#include <plait/net/detail/poller.hpp>
#else
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#endif

namespace plait::detail {

/// Calls, again and again, as long as a descriptor can be read: what a listening socket needs.
#if PLAIT_EPOLL
class ReadableWatch final : private Watched {
 public:
  ReadableWatch(Loop& loop, UniqueFunction<void()> call) : loop_(loop), call_(std::move(call)) {}
  ~ReadableWatch() { stop(); }

  /// Throws std::system_error.
  void start(int descriptor);
  /// The descriptor is still open.
  void stop();

 private:
  void ready(std::uint32_t) override { call_(); }

  Loop& loop_;
  UniqueFunction<void()> call_;  // may destroy *this
  int descriptor_ = -1;
};
#else
class ReadableWatch final {
 public:
  ReadableWatch(Loop& loop, UniqueFunction<void()> call);
  ~ReadableWatch() { stop(); }

  void start(int descriptor);
  void stop();

 private:
  struct State {
    asio::posix::basic_stream_descriptor<Executor> descriptor;
    UniqueFunction<void()> call;
    int start = 0;  // counts: what is left over from one must not touch the next
  };
  static void wait(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};
#endif

}  // namespace plait::detail
