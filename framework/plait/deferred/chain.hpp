#pragma once

#include <cstdint>
#include <optional>
#include <plait/core/failure.hpp>
#include <source_location>
#include <utility>

/// The engine of Deferred, without types: a queue of links through which one result passes. Users
/// want <plait/deferred/deferred.hpp>.
namespace plait::detail {

class Chain;

/// Names the type of a result at run time.
using TypeTag = const char*;
template <class T>
inline constexpr char typeTag = 0;

/// Where a chain's value lives: the chain's head, or the link that made it.
class Cell {
 public:
  /// Destroys the value, and itself if it is of no further use.
  virtual void clear() noexcept = 0;
  /// The value now belongs to another chain, and stays where it is until that clears it.
  virtual void lend() noexcept {}

 protected:
  ~Cell() = default;
};

/// One step of a chain. Waits in it for its turn, then runs once.
class Link : public Cell {
 public:
  /// Takes the chain's result and leaves another; destroys itself unless it holds that. Returns a
  /// chain that has become ready to run by this, with a reference that the caller gives back; or
  /// null.
  virtual Chain* run(Chain& chain) = 0;
  /// The chain ends before its turn: destroys itself.
  virtual void drop() noexcept = 0;

 protected:
  ~Link() = default;

 private:
  friend class Chain;
  Link* next_ = nullptr;
};

/// What all copies of a Deferred share. Counted without atomics: it belongs to one thread.
///
///     Deferred, Deferred ... ──▶ Chain ──▶ Link ──▶ Link ──▶ ...      functions that wait their
///     turn
///                                  │ ╲
///                       waitingFor_│  cell_ ──▶ the head, or the last link that ran: has the value
///                     (not owned)  ▼
///                                another Chain ──▶ ... ──▶ FollowLink ──▶ (owns) this one
///
/// So whoever will give the result keeps those that wait for it, never the reverse. A coroutine
/// that awaits is the last link of what it awaits, and owns the chain of its own result.
///
/// Twisted's `_runCallbacks` in shape: running is a loop over a stack of chains, so neither long
/// chains nor deep nests of them use the program's stack; nor does destroying them.
class Chain {
 public:
  /// `headType` is that of the first result if a `callback` may give one, else null.
  Chain(TypeTag type, TypeTag headType, std::source_location where) noexcept
      : type_(type), headType_(headType), where_(where) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) destroy();
  }

  // --- The producer's side -----------------------------------------------------------------------

  bool called() const noexcept { return called_; }
  /// std::logic_error unless the chain begins with a result of this type.
  void expectHead(TypeTag type) const {
    if (headType_ != type) [[unlikely]]
      wrongHead();
  }
  /// std::logic_error when it is a coroutine's.
  void expectProducer() const {
    if (!headType_) [[unlikely]]
      wrongHead();
  }
  /// Begins giving the result. False when it comes after a cancel, and is to be dropped.
  /// AlreadyCalledError when it is the second one.
  bool beginResult() {
    if (!called_) [[likely]]
      return called_ = true;
    return lateResult();
  }
  /// The result that was begun could not be made.
  void abandonResult() noexcept { called_ = false; }
  /// The result is there: runs the links.
  void run();

  // --- The consumer's side -----------------------------------------------------------------------

  /// The type of the result that the next link added would see.
  TypeTag type() const noexcept { return type_; }
  /// std::logic_error unless the next link added would see a result of this type.
  void expect(TypeTag type) const {
    if (type_ != type) [[unlikely]]
      wrongType();
  }
  /// Adds a link, which leaves a result of type `result`, and runs it if its time has come.
  void add(Link& link, TypeTag result) {
    (last_ ? last_->next_ : first_) = &link;
    last_ = &link;
    type_ = result;
    if (ready() && !running_) run();
  }
  /// True when a link that is added would run at once.
  bool idle() const noexcept { return ready() && !first_ && !running_; }

  void cancel();
  /// True when the result is to come from `other`, however indirectly.
  bool waitsFor(const Chain& other) const noexcept {
    const Chain* chain = this;
    while (chain && chain != &other) chain = chain->awaits();
    return chain;
  }
  void pause() noexcept { ++pauses_; }
  void unpause();

  // --- The result, while it passes through -------------------------------------------------------

  bool failed() const noexcept { return failure_.has_value(); }
  const Failure& failure() const noexcept { return *failure_; }
  void* value() const noexcept { return value_; }

  /// `cell` holds the value and is cleared by whoever takes it; both null for void.
  void setValue(void* value, Cell* cell) noexcept {
    hasResult_ = true;
    value_ = value;
    cell_ = cell;
  }
  void setFailure(Failure failure) noexcept {
    hasResult_ = true;
    failure_ = std::move(failure);
  }
  /// The result becomes that of `inner`, when that has one; inner's becomes void.
  ///
  /// Returns true when it waits for a coroutine: then `maker` (the link whose function it is) is
  /// dropped only when that has ended, for the function's captures are its. With others that is not
  /// done: a function that holds the Deferred which it returns would keep itself.
  bool follow(Chain& inner, Link& maker);
  /// The result of an idle chain is to be taken out: what is added next sees void.
  void becomeVoid() noexcept { type_ = &typeTag<void>; }

  /// Takes the value out; it is destroyed with this.
  class TakenValue {
   public:
    explicit TakenValue(Chain& chain) noexcept
        : value_(std::exchange(chain.value_, nullptr)),
          cell_(std::exchange(chain.cell_, nullptr)) {}
    TakenValue(const TakenValue&) = delete;
    ~TakenValue() {
      if (cell_) cell_->clear();
    }
    void* get() const noexcept { return value_; }

   private:
    void* value_;
    Cell* cell_;
  };
  Failure takeFailure() noexcept {
    Failure failure = std::move(*failure_);
    failure_.reset();
    return failure;
  }
  /// What a coroutine, or another chain, does to its source: nothing is left but void.
  void leaveNothing() noexcept {
    failure_.reset();
    value_ = nullptr;
    cell_ = nullptr;
  }

 protected:
  virtual ~Chain() = default;

  enum class Cancelling {
    unsupported,  ///< nobody to ask: the result that comes nevertheless is ignored
    asked,        ///< the producer knows, and may have given a result
    follows       ///< the producer knows, and gives a result when it has finished
  };
  /// True when a coroutine gives the result.
  virtual bool isCoroutine() const noexcept { return false; }
  virtual Cancelling cancelProducer() { return Cancelling::unsupported; }
  /// The chain that the producer waits for, and that a cancel is for; null when it waits for none.
  virtual Chain* producerAwaits() const noexcept { return nullptr; }
  /// The result is there: a canceller is of no further use.
  virtual void dropCanceller() noexcept {}
  bool hasCanceller_ = false;

 private:
  class FollowLink;

  Chain* awaits() const noexcept { return called_ ? waitingFor_ : producerAwaits(); }
  bool ready() const noexcept { return hasResult_ && pauses_ == 0; }
  void cancelHere();
  bool lateResult();
  [[noreturn]] void wrongType() const;
  [[noreturn]] void wrongHead() const;
  void destroy() noexcept;
  void dismantle() noexcept;
  void moveResultTo(Chain& outer) noexcept;

  std::uint32_t references_ = 0;
  std::uint32_t pauses_ = 0;
  bool called_ = false;
  bool hasResult_ = false;
  bool running_ = false;
  bool ignoreLateResult_ = false;

  Link* first_ = nullptr;
  Link* last_ = nullptr;

  void* value_ = nullptr;
  Cell* cell_ = nullptr;
  std::optional<Failure> failure_;

  Chain* waitingFor_ = nullptr;  // this chain's result is to come from there
  Chain* next_ = nullptr;        // on the stack of those that run, or that are destroyed
  TypeTag type_;
  TypeTag headType_;
  std::source_location where_;
};

/// Owns a reference to a chain.
template <class C>
class ChainRef {
 public:
  ChainRef() noexcept = default;
  explicit ChainRef(C* chain) noexcept : chain_(chain) {
    if (chain_) chain_->retain();
  }
  ChainRef(const ChainRef& other) noexcept : ChainRef(other.chain_) {}
  ChainRef(ChainRef&& other) noexcept : chain_(std::exchange(other.chain_, nullptr)) {}
  ChainRef& operator=(ChainRef other) noexcept {
    std::swap(chain_, other.chain_);
    return *this;
  }
  ~ChainRef() {
    if (chain_) chain_->release();
  }

  C* get() const noexcept { return chain_; }
  C& operator*() const noexcept { return *chain_; }
  C* operator->() const noexcept { return chain_; }
  /// Gives the reference away.
  C* leak() noexcept { return std::exchange(chain_, nullptr); }

 private:
  C* chain_ = nullptr;
};

}  // namespace plait::detail
