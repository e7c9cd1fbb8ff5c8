#include "servers/muduo_like/event_loop.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muduo_like {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

EventLoop::~EventLoop() {
  close(epoll_);
}

void EventLoop::loop() {
  for (;;) {
    const int ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1);
    for (int i = 0; i < ready; ++i) {
      static_cast<Channel*>(events_[i].data.ptr)->handle(events_[i].events);
    }
    if (ready == static_cast<int>(events_.size())) events_.resize(2 * events_.size());
    doPending();
  }
}

void EventLoop::update(int operation, Channel& channel) {
  epoll_event event{};
  event.events = channel.interest();
  event.data.ptr = &channel;
  if (epoll_ctl(epoll_, operation, channel.fd(), &event) != 0) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
}

void EventLoop::doPending() {
  std::vector<std::function<void()>> work;
  work.swap(pending_);  // what these put off waits for the next turn
  for (const auto& each : work) each();
}

void Channel::set(std::uint32_t interest, bool on) {
  interest_ = on ? interest_ | interest : interest_ & ~interest;
  loop_.update(added_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, *this);
  added_ = true;
}

void Channel::remove() {
  if (added_) loop_.update(EPOLL_CTL_DEL, *this);
  added_ = false;
  interest_ = 0;
}

}  // namespace muduo_like
