#pragma once

#include <algorithm>
#include <deque>
#include <iterator>
#include <plait/core/bytes.hpp>
#include <plait/net/detail/socket_address.hpp>

namespace plait::detail {

/// Datagrams that wait until the system takes them, each with its destination (of size 0: the peer
/// of a connected socket). Bounded in bytes and in number; what does not fit is dropped, the newest
/// first, and counted.
class DatagramQueue {
 public:
  /// What became of a datagram offered to the system.
  enum class Outcome { done, blocked };

  explicit DatagramQueue(std::size_t limit) : limit_(limit) {}

  bool empty() const { return waiting_.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped() const { return dropped_; }

  /// Keeps a copy; false when there is no room.
  bool push(BytesView datagram, const SocketAddress& to);
  void clear();

  /// Offers what waits, oldest first, to `send(BytesView, const SocketAddress&) -> Outcome`, until
  /// one is blocked; it and those behind it go on waiting. `eachDestination`: being blocked holds
  /// for one destination alone, as where the receiver's queue is what is full; then the others are
  /// served, unless very many are full.
  template <class Send>
  void drain(Send&& send, bool eachDestination);

 private:
  struct Waiting {
    Bytes datagram;
    SocketAddress to;
  };
  static constexpr std::size_t kMostWaiting = 16 * 1024;
  static constexpr std::size_t kMostBlocked = 64;

  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<Waiting> waiting_;
};

template <class Send>
void DatagramQueue::drain(Send&& send, bool eachDestination) {
  std::deque<Waiting> kept;
  std::deque<SocketAddress> blocked;
  const std::size_t mostBlocked = eachDestination ? kMostBlocked : 1;
  while (!waiting_.empty() && blocked.size() < mostBlocked) {
    Waiting& next = waiting_.front();
    const bool skip = std::find(blocked.begin(), blocked.end(), next.to) != blocked.end();
    if (!skip && send(next.datagram, next.to) == Outcome::done) {
      bytes_ -= next.datagram.size();
    } else {
      if (!skip) blocked.push_back(next.to);
      kept.push_back(std::move(next));
    }
    waiting_.pop_front();
  }
  waiting_.insert(waiting_.begin(), std::move_iterator(kept.begin()),
                  std::move_iterator(kept.end()));
}

}  // namespace plait::detail
