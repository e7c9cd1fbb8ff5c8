#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/epoll_set.hpp>

namespace plait::detail {

class Loop;

/// Runs a loop's turns from an epoll set of plait's own. Asio waits for the set as for one
/// descriptor, so it stays the one that blocks, and whatever else the `io_context` has to do goes
/// on beside; but a message costs no Asio operation, only its share in one epoll_wait(2).
/// (test/bench: `pingpong64x64`, `lines32`.)
///
/// *Staying.* On a context of the reactor's own it does not go back to Asio after each turn, which
/// takes three system calls more, but looks for the next events itself, as long as there are some:
/// a quarter of a millisecond at most, then Asio's other handlers have their turn. It does not wait
/// for them: a wait with a limit arms a timer of the system's, which costs more than it spares.
/// (test/bench: `pingpong64x64`, and `pingpong64x1` for the wait.)
class Poller {
 public:
  /// `mayStay`: nobody else uses the context.
  Poller(Loop& loop, bool mayStay);

  /// Those below call `watched`'s functions; see EpollSet.
  void add(int fd, Watched& watched, std::uint32_t events);
  void modify(int fd, std::uint32_t events) { set_.modify(fd, events); }
  void handOver(int fd, Watched& watched) { set_.handOver(fd, watched); }
  void forget(int fd);
  void remove(int fd);

  /// True while it runs turns: it looks after what is left over from one itself.
  bool serving() const { return serving_; }

  void close();

  /// `io_context::notify_fork(fork_child)` was called.
  void forked();

 private:
  class Forks;
  struct Serving;
  void assign();
  void arm();
  void disarmIfIdle();
  void serve();
  bool mayGoOn(TimePoint leaveAt) const;
  bool look();

  Loop& loop_;
  EpollSet set_;
  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  const bool mayStay_;
  bool armed_ = false;
  bool serving_ = false;
  // Looking in vain costs a system call; where it mostly is in vain, it pauses for a while.
  int lookPause_ = 0;
  int lookScore_ = 0;  // hits minus misses, bounded
};

}  // namespace plait::detail
