#pragma once

#include <sys/epoll.h>

#include <functional>
#include <vector>

#include "servers/muduo_like/channel.hpp"

namespace muduo_like {

/// Level-triggered epoll that hands out events to channels; then what was put off until the events
/// of the turn are over.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[noreturn]] void loop();

  /// `operation` of epoll_ctl.
  void update(int operation, Channel& channel);

  void queueInLoop(std::function<void()> work) { pending_.push_back(std::move(work)); }

 private:
  void doPending();

  const int epoll_;
  std::vector<epoll_event> events_ = std::vector<epoll_event>(16);
  std::vector<std::function<void()>> pending_;
};

}  // namespace muduo_like
