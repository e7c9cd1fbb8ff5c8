#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace muduo_like {

class EventLoop;

/// One descriptor in one loop: what it waits for, and whom to call. Does not own the descriptor.
class Channel {
 public:
  Channel(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}

  void onReadable(std::function<void()> callback) { readable_ = std::move(callback); }
  void onWritable(std::function<void()> callback) { writable_ = std::move(callback); }

  /// Keeps the owner alive during its callbacks.
  void tie(const std::shared_ptr<void>& owner) { owner_ = owner; }

  int fd() const { return fd_; }
  std::uint32_t interest() const { return interest_; }
  bool isReading() const { return (interest_ & EPOLLIN) != 0; }
  bool isWriting() const { return (interest_ & EPOLLOUT) != 0; }

  void setReading(bool on) { set(EPOLLIN | EPOLLPRI, on); }
  void setWriting(bool on) { set(EPOLLOUT, on); }
  void remove();

  void handle(std::uint32_t events) {
    const auto alive = owner_.lock();
    if ((events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_();
    if ((events & EPOLLOUT) != 0 && isWriting()) writable_();
  }

 private:
  void set(std::uint32_t interest, bool on);

  EventLoop& loop_;
  const int fd_;
  std::uint32_t interest_ = 0;
  bool added_ = false;
  std::weak_ptr<void> owner_;
  std::function<void()> readable_;
  std::function<void()> writable_;
};

}  // namespace muduo_like
