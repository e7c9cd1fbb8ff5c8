#pragma once

#include <list>
#include <memory>
#include <plait/core/reactor_time.hpp>
#include <plait/policies/token_bucket.hpp>

namespace plait {

/// A limit that one or many share, and the line of those who wait for it. Whoever finds nothing, or
/// others waiting, gets in line, and is called when it is its turn: first come first served, a
/// share for each, so nobody starves. It costs one timer while somebody waits, and none otherwise.
///
/// Throttles form a tree: a child gives no more than its parent does. Twisted: `htb.Bucket`.
///
///     auto site = std::make_shared<Throttle>(reactor, BandwidthLimit{.rate = 10'000'000});
///     auto guests = std::make_shared<Throttle>(reactor, BandwidthLimit{.rate = 1'000'000}, site);
///
/// Thread: its reactor's. In a ReactorPool each reactor needs its own: the program divides what it
/// allows by their number.
class Throttle : public std::enable_shared_from_this<Throttle> {
 public:
  /// Who may have to wait. Leaves the line when destroyed.
  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    virtual ~Waiter() { leave(); }

    bool waiting() const { return at_ != nullptr; }
    /// Waits no more.
    void leave();

   private:
    friend class Throttle;
    /// Its turn has come: `take` gives something now.
    virtual void mayGoOn() = 0;

    Throttle* at_ = nullptr;
    std::list<Waiter*>::iterator place_;
    std::uint64_t wanted_ = 0;
    std::uint64_t ticket_ = 0;  // since it waits with nothing given; 0: it does not
  };

  /// `time` and `parent` have the same thread. std::invalid_argument: see TokenBucket.
  Throttle(ReactorTime& time, BandwidthLimit limit, std::shared_ptr<Throttle> parent = nullptr);
  Throttle(const Throttle&) = delete;
  ~Throttle();

  /// Takes up to `wanted` bytes, here and from all parents; returns how many. When there is nothing
  /// for it, `waiter` gets in line, if it is in none.
  std::size_t take(std::size_t wanted, Waiter& waiter);
  /// The same for one who does not wait, and takes no notice of those who do.
  std::size_t take(std::size_t wanted);

  const BandwidthLimit& limit() const { return bucket_.limit(); }

 private:
  std::uint64_t available() { return bucket_.available(time_.now()); }
  std::uint64_t worthwhile(std::uint64_t wanted) const;
  bool mustWait(std::uint64_t wanted, const Waiter& waiter);
  void takeFromAll(std::uint64_t count);
  void getInLine(std::uint64_t wanted, Waiter& waiter);
  std::uint64_t nextTicket() { return parent_ ? parent_->nextTicket() : ++lastTicket_; }
  void arm();
  void serve();

  ReactorTime& time_;
  TokenBucket bucket_;
  std::shared_ptr<Throttle> parent_;
  std::list<Waiter*> line_;
  DelayedCall timer_;
  const Waiter* served_ = nullptr;  // whose turn it is
  std::uint64_t share_ = 0;         // what it may have
  std::uint64_t lastTicket_ = 0;    // of the tree, kept by its root
};

}  // namespace plait
