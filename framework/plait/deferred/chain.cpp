#include <fmt/format.h>

#include <plait/core/log.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/deferred/errors.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

std::string describe(const std::source_location& where) {
  return fmt::format("{}:{} ({})", where.file_name(), where.line(), where.function_name());
}

void logUnhandled(const Failure& failure, const std::source_location& where) noexcept {
  try {
    const std::string message =
        fmt::format("Unhandled error in Deferred made at {}", describe(where));
    standardLog().emit({LogLevel::critical,
                        "plait.deferred",
                        message,
                        {},
                        &failure,
                        std::chrono::system_clock::now()});
  } catch (...) {  // out of memory: the program has other worries
  }
}

}  // namespace

/// Ends a chain that another one waits for: hands the result on.
class Chain::FollowLink final : public Link {
 public:
  FollowLink(Chain& outer, Link* keep) : outer_(&outer), keep_(keep) {}

  Chain* run(Chain& inner) override {
    Chain& outer = *outer_.get();
    inner.moveResultTo(outer);
    outer.waitingFor_ = nullptr;
    // While it runs further up the program's stack, its own loop goes on with it.
    Chain* const next = outer.running_ ? nullptr : outer_.leak();
    end();
    return next;
  }
  void drop() noexcept override {
    outer_->waitingFor_ = nullptr;
    end();
  }
  void clear() noexcept override {}

 private:
  void end() noexcept {
    if (keep_) keep_->drop();
    delete this;
  }
  ChainRef<Chain> outer_;
  Link* keep_;
};

bool Chain::follow(Chain& inner, Link& maker) {
  if (&inner == this) {
    throw std::logic_error("a Deferred's callback returned the Deferred that waits for it");
  }
  if (inner.idle()) {
    inner.moveResultTo(*this);
    inner.becomeVoid();
    return false;
  }
  const bool coroutine = inner.isCoroutine();
  auto* link = new FollowLink(*this, coroutine ? &maker : nullptr);
  waitingFor_ = &inner;
  hasResult_ = false;
  inner.add(*link, &typeTag<void>);
  return coroutine;
}

void Chain::moveResultTo(Chain& outer) noexcept {
  outer.hasResult_ = true;
  if (failure_) {
    outer.failure_ = std::move(failure_);
  } else {
    if (cell_) cell_->lend();
    outer.value_ = value_;
    outer.cell_ = cell_;
  }
  leaveNothing();
}

void Chain::run() {
  if (running_ || !ready()) return;
  retain();
  running_ = true;
  next_ = nullptr;
  if (std::exchange(hasCanceller_, false)) dropCanceller();
  Chain* top = this;
  while (top) {
    Chain& chain = *top;
    Chain* woken = nullptr;
    if (chain.first_ && chain.ready()) {
      Link& link = *chain.first_;
      chain.first_ = link.next_;
      if (!chain.first_) chain.last_ = nullptr;
      woken = link.run(chain);
    }
    if (!chain.first_ || !chain.ready()) {  // it has no more to do: its place on the stack is free
      top = chain.next_;
      chain.running_ = false;
      chain.release();
    }
    if (woken) {
      woken->running_ = true;
      woken->next_ = top;
      top = woken;
    }
  }
}

void Chain::unpause() {
  if (pauses_ == 0) throw std::logic_error("unpause: the Deferred is not paused");
  if (--pauses_ == 0) run();
}

void Chain::cancel() {
  Chain* last = this;
  bool odd = false;
  for (Chain* slow = this; Chain* const next = last->awaits(); odd = !odd) {
    last = next;
    if (odd) slow = slow->awaits();
    if (last == slow) return;  // they wait for each other
  }
  last->cancelHere();
}

void Chain::cancelHere() {
  if (called_ || references_ == 0) return;  // without references: it is being destroyed
  const ChainRef<Chain> keep(this);
  const Cancelling cancelling = cancelProducer();
  if (called_ || cancelling == Cancelling::follows) return;
  ignoreLateResult_ = cancelling == Cancelling::unsupported;
  called_ = true;
  setFailure(CancelledError());
  run();
}

bool Chain::lateResult() {
  if (std::exchange(ignoreLateResult_, false)) return false;
  throw AlreadyCalledError(
      fmt::format("the Deferred made at {} has been given a result already", describe(where_)));
}

void Chain::wrongType() const {
  throw std::logic_error(fmt::format(
      "the Deferred made at {} no longer has a result of this handle's type: go on with "
      "what the last addCallback (or its like) returned",
      describe(where_)));
}

void Chain::wrongHead() const {
  const std::string made = describe(where_);
  if (!headType_) {
    throw std::logic_error(fmt::format(
        "the Deferred made at {} is given its result by plait or by a coroutine", made));
  }
  throw std::logic_error(
      fmt::format("the Deferred made at {} begins with another type than this "
                  "handle's: give the result to the handle made first",
                  made));
}

// --- The end ----------------------------------------------------------------------------

/// What is destroyed may hold the last reference to the next, and so on, ten million deep.
void Chain::destroy() noexcept {
  thread_local Chain* waiting = nullptr;
  thread_local bool destroying = false;
  thread_local unsigned depth = 0;
  if (depth < 32) {  // in the order that users expect of destructors
    ++depth;
    dismantle();
    delete this;
    --depth;
    return;
  }
  next_ = waiting;
  waiting = this;
  if (destroying) return;
  destroying = true;
  while (waiting) {
    Chain* const chain = std::exchange(waiting, waiting->next_);
    chain->dismantle();
    delete chain;
  }
  destroying = false;
}

void Chain::dismantle() noexcept {
  while (first_) std::exchange(first_, first_->next_)->drop();
  if (cell_) std::exchange(cell_, nullptr)->clear();
  if (failure_) logUnhandled(*failure_, where_);
}

// --- For deferred.hpp -------------------------------------------------------------------

Failure timedOut(Duration timeout) {
  return TimeoutError(
      fmt::format("no result within {} s", std::chrono::duration<double>(timeout).count()));
}

}  // namespace plait::detail
