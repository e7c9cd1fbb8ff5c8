#include <plait/net/detail/readable_watch.hpp>
#if PLAIT_EPOLL
#include <sys/epoll.h>
#endif

namespace plait::detail {

#if PLAIT_EPOLL

void ReadableWatch::start(int descriptor) {
  loop_.poller().add(descriptor, *this, EPOLLIN);
  descriptor_ = descriptor;
}

void ReadableWatch::stop() {
  if (descriptor_ >= 0) loop_.poller().remove(std::exchange(descriptor_, -1));
}

#else

ReadableWatch::ReadableWatch(Loop& loop, UniqueFunction<void()> call)
    : state_(std::make_shared<State>(
          State{asio::posix::basic_stream_descriptor<Executor>(loop.context().get_executor()),
                std::move(call)})) {}

void ReadableWatch::start(int descriptor) {
  state_->descriptor.assign(descriptor);
  wait(state_);
}

void ReadableWatch::stop() {
  if (state_->descriptor.is_open()) state_->descriptor.release();
}

void ReadableWatch::wait(std::shared_ptr<State> state) {
  auto& descriptor = state->descriptor;
  descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                        [state = std::move(state)](ErrorCode error) mutable {
                          if (error) return;
                          state->call();
                          if (state->descriptor.is_open()) wait(std::move(state));
                        });
}

#endif

}  // namespace plait::detail
