// TimerQueue beside a list that is searched: any calls, added, moved, cancelled and taken in any
// order, come when they are due, earliest first and first come first served among equals; a
// cancelled one never does.
//
// Input: operations, a choice each (see Trial::step), and what each asks for behind it.
#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/core/timer_queue.hpp>
#include <vector>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

class Trial : TimerQueue::Owner {
 public:
  explicit Trial(BytesView input) : choices_(input), queue_(*this) {}

  void run() {
    while (!choices_.empty()) {
      step();
      checkAll();
    }
    now_ += std::chrono::seconds(1);
    mark_ = orderOfMark_ = UINT64_MAX;
    take(queue_.size() + 1);
    check(queue_.size() == 0 && !queue_.next(), "calls are left when all were due");
  }

 private:
  struct Call {
    DelayedCall handle;
    TimePoint when;
    std::uint64_t order;  // among those that are due at the same moment
    bool pending = true;
  };

  void step() {
    switch (choices_.upTo(6)) {
      case 0:
        return add();
      case 1:
        return take(1 + choices_.upTo(3));
      case 2:
        now_ += span();
        return;
      case 3:
        return change([this](Call& call) {
          const Duration delay = span();
          call.handle.reset(delay);
          move(call, now_ + delay);
        });
      case 4:
        return change([this](Call& call) {
          const Duration extra = span() - Duration(4);
          call.handle.delay(extra);
          move(call, call.when + extra);
        });
      case 5:
        return change([](Call& call) {
          call.handle.cancel();
          call.pending = false;
        });
      case 6:
        mark_ = queue_.mark();
        orderOfMark_ = order_;
        return;
    }
  }

  void add() {
    const TimePoint when = now_ + span() - Duration(2);
    const std::size_t index = calls_.size();
    calls_.push_back({queue_.add(when, [this, index] { ran_ = index; }), when, order_++});
  }
  /// As a reactor does: what is due, and not added since the mark.
  void take(std::size_t most) {
    for (; most > 0; --most) {
      Call* const expected = earliest();
      const bool due = expected && expected->when <= now_;
      auto call = queue_.take(now_, mark_);
      const bool behindMark = due && expected->order >= orderOfMark_;
      check(bool(call) == (due && !behindMark), "whether a call is due");
      mark_ = orderOfMark_ = UINT64_MAX;  // for one turn
      if (!call) return;
      call();
      check(ran_ == static_cast<std::size_t>(expected - calls_.data()), "which call is due");
      expected->pending = false;
    }
  }
  /// Changes any call; one that is over refuses.
  template <class Change>
  void change(Change&& to) {
    if (calls_.empty()) return;
    Call& call = calls_[choices_.upTo(255) % calls_.size()];
    try {
      to(call);
    } catch (const DelayedCallError&) {
      check(!call.pending, "a pending call refuses to be changed");
    }
  }
  void move(Call& call, TimePoint when) {
    check(call.handle.getTime() == when, "when a call that was moved is due");
    call.when = when;
    call.order = order_++;
  }

  Call* earliest() {
    Call* found = nullptr;
    for (Call& call : calls_) {
      if (!call.pending) continue;
      const bool before =
          found && (call.when != found->when ? call.when < found->when : call.order < found->order);
      if (!found || before) found = &call;
    }
    return found;
  }
  void checkAll() {
    const auto pending = static_cast<std::size_t>(
        std::count_if(calls_.begin(), calls_.end(), [](const Call& call) { return call.pending; }));
    check(queue_.size() == pending, "how many calls are pending");
    for (const Call& call : calls_) {
      check(call.handle.active() == call.pending, "whether a call is active");
    }
    const Call* const first = earliest();
    check(queue_.next().has_value() == (first != nullptr), "whether there is a next call");
    check(!first || *queue_.next() <= first->when, "a call is due before the queue knows");
  }

  Duration span() { return Duration(choices_.upTo(9)); }
  TimePoint now() const override { return now_; }

  Choices choices_;
  TimePoint now_{};
  TimerQueue queue_;
  std::vector<Call> calls_;
  std::uint64_t order_ = 0;
  std::uint64_t mark_ = UINT64_MAX;
  std::uint64_t orderOfMark_ = UINT64_MAX;
  std::size_t ran_ = SIZE_MAX;
};

void tryQueue(BytesView input) {
  Trial(input).run();
}

const Target target("timer_queue", tryQueue);

}  // namespace
}  // namespace plait::fuzz
