#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "load/connection.hpp"

namespace bench {

/// Tells which connections are ready, and gives up when the server is too slow. Throws
/// std::runtime_error.
class Poller {
 public:
  using Clock = Connection::Clock;

  /// `timeout`: seconds from now in which everything must be done.
  explicit Poller(double timeout);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(Connection& connection) { control(EPOLL_CTL_ADD, connection, EPOLLIN); }
  void remove(Connection& connection) { control(EPOLL_CTL_DEL, connection, 0); }
  /// Whether to tell, besides, when `connection` takes bytes again.
  void watchWritable(Connection& connection, bool on) {
    control(EPOLL_CTL_MOD, connection, on ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  /// Waits a moment; calls `handle(Connection&, events)` for those that are ready. A connection
  /// that `handle` destroys must be its argument.
  template <class F>
  void poll(F&& handle) {
    std::array<epoll_event, 256> events;
    const int ready = wait(events.data(), static_cast<int>(events.size()));
    for (int i = 0; i < ready; ++i) {
      handle(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
    }
  }

  /// The server has done something just now.
  void progressed(Clock::time_point now = Clock::now()) { lastProgress_ = now; }

 private:
  int wait(epoll_event* events, int size);
  void control(int operation, Connection& connection, std::uint32_t interest);

  const double timeout_;
  const Clock::time_point deadline_;
  Clock::time_point lastProgress_;
  const int epoll_;
};

}  // namespace bench
