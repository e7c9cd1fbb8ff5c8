#pragma once

#include <array>
#include <cstdint>
#include <plait/net/detail/unique_descriptor.hpp>
#include <vector>

namespace plait::detail {

/// One who is told what happens to a descriptor.
class Watched {
 public:
  /// `events` as epoll_wait(2) gives them. May forget this and other descriptors.
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~Watched() = default;
};

/// An epoll set: descriptors, and who is told of them.
///
/// An event names its descriptor and the how manieth use of that number it is meant for, never an
/// object: what was fetched from the system before somebody else in the same batch closed the
/// descriptor, or comes from a copy of it in a child process, finds nobody.
class EpollSet {
 public:
  /// Throws std::system_error.
  EpollSet();

  /// The set's own descriptor, readable when there are events.
  int descriptor() const { return set_.get(); }

  /// Watches `fd` for `events` (EPOLLIN and so on). Throws std::system_error when the system
  /// watches too much already.
  void add(int fd, Watched& watched, std::uint32_t events);
  /// Watches for other events. What is the case already is told, again.
  void modify(int fd, std::uint32_t events);
  /// Tells `watched` from now on.
  void handOver(int fd, Watched& watched) { entries_[index(fd)].watched = &watched; }
  /// Tells nobody any more; `fd` is about to be closed.
  void forget(int fd);
  /// The same, and `fd` stays open, perhaps elsewhere.
  void remove(int fd);

  /// In a child process that goes on: a set of its own, with the same descriptors in it.
  void renew();

  std::size_t size() const { return size_; }

  /// Tells those who are watched of the events that there are, without waiting for more. Returns
  /// how many there were.
  int dispatch();

 private:
  struct Entry {
    Watched* watched = nullptr;
    std::uint32_t use = 0;
    std::uint32_t events = 0;
  };
  static std::size_t index(int fd) { return static_cast<std::size_t>(fd); }
  int control(int operation, int fd, std::uint32_t events);

  UniqueDescriptor set_;
  std::vector<Entry> entries_;  // by descriptor
  std::size_t size_ = 0;
};

}  // namespace plait::detail
