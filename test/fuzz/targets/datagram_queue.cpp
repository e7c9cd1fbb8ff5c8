// DatagramQueue: what is pushed comes out once, in the order of its destination, or was refused and
// counted; it holds no more than its limit; whom nothing can be sent to holds up no other, where
// being blocked is for each destination.
//
// Input: the limit, whether each destination is blocked for itself, then operations, a choice each.
#include <map>
#include <plait/net/detail/datagram_queue.hpp>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using detail::DatagramQueue;
using detail::SocketAddress;

class Trial {
 public:
  explicit Trial(BytesView input)
      : choices_(input), limit_(choices_.upTo(60)), eachDestination_(choices_.flag()) {}

  void run() {
    while (!choices_.empty()) step();
    blocked_ = 0;
    drain();
    check(queue_.empty() && queue_.bytes() == 0, "datagrams are left");
    for (const auto& [to, waiting] : waiting_) check(waiting.empty(), "a datagram is lost");
  }

 private:
  void step() {
    switch (choices_.upTo(3)) {
      case 0:
      case 1:
        push();
        break;
      case 2:
        blocked_ = choices_.upTo(15);
        drain();
        break;
      case 3:
        if (choices_.upTo(4) != 4) return;
        queue_.clear();
        waiting_.clear();
        bytes_ = 0;
        break;
    }
    check(queue_.bytes() == bytes_ && bytes_ <= limit_, "how many bytes wait");
    check(queue_.dropped() == dropped_, "how many were dropped");
  }
  void push() {
    const std::size_t to = choices_.upTo(3);
    const Bytes datagram(choices_.upTo(20), static_cast<char>('a' + next_++ % 26));
    const bool fits = limit_ != 0 && datagram.size() <= limit_ - bytes_;
    check(queue_.push(datagram, address(to)) == fits, "whether there is room");
    if (!fits) {
      ++dropped_;
      return;
    }
    bytes_ += datagram.size();
    waiting_[to].push_back(datagram);
  }
  void drain() {
    bool wasBlocked = false;
    queue_.drain(
        [&](BytesView datagram, const SocketAddress& to) {
          check(eachDestination_ || !wasBlocked, "sent behind one that is blocked");
          const std::size_t index = indexOf(to);
          auto& waiting = waiting_[index];
          check(!waiting.empty(), "a datagram that was not pushed, or is sent twice");
          checkEqual(datagram, waiting.front(), "the next for its destination");
          if (blocked_ & (1u << index)) {
            wasBlocked = true;
            return DatagramQueue::Outcome::blocked;
          }
          bytes_ -= datagram.size();
          waiting.pop_front();
          return DatagramQueue::Outcome::done;
        },
        eachDestination_);
    for (const auto& [to, waiting] : waiting_) {
      const bool heldUp = blocked_ != 0 && !eachDestination_;
      check(waiting.empty() || heldUp || blocked_ & (1u << to), "held up by another destination");
    }
  }
  static SocketAddress address(std::size_t index) {
    return SocketAddress(IPv4Address{{127, 0, 0, 1}, static_cast<std::uint16_t>(9000 + index)});
  }
  static std::size_t indexOf(const SocketAddress& to) {
    return static_cast<std::size_t>(to.toAddress().port() - 9000);
  }

  Choices choices_;
  std::size_t limit_;
  bool eachDestination_;
  DatagramQueue queue_{limit_};
  std::map<std::size_t, std::deque<Bytes>> waiting_;
  std::size_t bytes_ = 0;
  std::size_t blocked_ = 0;  // a bit for each destination
  std::uint64_t dropped_ = 0;
  unsigned next_ = 0;
};

void tryQueue(BytesView input) {
  Trial(input).run();
}

const Target target("datagram_queue", tryQueue);

}  // namespace
}  // namespace plait::fuzz
