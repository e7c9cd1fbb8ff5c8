#pragma once

#include <functional>
#include <memory>
#include <plait/net/reactor_pool.hpp>
#include <span>
#include <stdexcept>
#include <vector>

namespace plait {

/// Messages from each reactor of a pool to all the others, in batches: what one sends while its
/// loop handles what came together goes to each other reactor with one call and one wake-up,
/// however many messages it is. So a room with guests on all reactors costs a line one message a
/// reactor, not one a guest.
///
///     plait::PoolChannel<plait::Bytes> lines(pool, [&](std::size_t here, auto batch) {
///       for (const plait::Bytes& line : batch) rooms[here]->hear(line);
///     });
///     lines.send("hello");                     // from a connection's callback
///
/// Messages of one sender arrive in their order; those of several come as they come. The others
/// read one and the same batch at once: what a Message has in it must bear that.
///
/// Thread: those of the pool's reactors. It must live until the pool has stopped.
template <class Message>
class PoolChannel {
 public:
  using Receive = std::function<void(std::size_t here, std::span<const Message> batch)>;

  /// `receive` is called on the thread of each reactor but the sender's, which is the `here`-th of
  /// the pool.
  PoolChannel(ReactorPool& pool, Receive receive)
      : pool_(pool), receive_(std::move(receive)), outgoing_(pool.size()) {}
  PoolChannel(const PoolChannel&) = delete;
  PoolChannel& operator=(const PoolChannel&) = delete;

  /// std::logic_error on a thread that is none of the pool's.
  void send(Message message) {
    const auto here = pool_.current();
    if (!here) throw std::logic_error("PoolChannel: sent from a thread that runs no reactor");
    if (pool_.size() == 1) return;
    auto& messages = outgoing_[*here].messages;
    messages.push_back(std::move(message));
    // Behind the handlers that are ready now: what they send joins.
    if (messages.size() == 1) tell(*here, [this, here] { passOn(*here); });
  }

  /// Passes on, now, what this reactor has sent: so that no call to another reactor that is
  /// made next can overtake it.
  void flush() {
    if (const auto here = pool_.current()) passOn(*here);
  }

 private:
  struct alignas(64) Outgoing {  // of one reactor; a cache line of its own
    std::vector<Message> messages;
  };

  void passOn(std::size_t here) {
    if (outgoing_[here].messages.empty()) return;
    const auto batch =
        std::make_shared<const std::vector<Message>>(std::exchange(outgoing_[here].messages, {}));
    for (std::size_t i = 0; i < pool_.size(); ++i) {
      if (i == here) continue;
      tell(i, [this, i, batch] { receive_(i, *batch); });
    }
  }

  /// A call that its reactor, ended already, leaves for the next run may find this gone.
  template <class F>
  void tell(std::size_t index, F call) {
    pool_.callFromThread(index, [alive = std::weak_ptr(alive_), call = std::move(call)] {
      if (!alive.expired()) call();
    });
  }

  ReactorPool& pool_;
  Receive receive_;
  std::vector<Outgoing> outgoing_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace plait
