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
  ++state_->start;
  if (state_->descriptor.is_open()) state_->descriptor.release();
}

void ReadableWatch::wait(std::shared_ptr<State> state) {
  auto& descriptor = state->descriptor;
  const int start = state->start;
  descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                        [state = std::move(state), start](ErrorCode error) mutable {
                          if (state->start != start) return;
                          if (!error) state->call();
                          if (state->start == start) wait(std::move(state));
                        });
}

#endif

}  // namespace plait::detail
