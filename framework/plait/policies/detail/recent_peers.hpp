#pragma once

#include <algorithm>
#include <map>
#include <plait/core/delayed_call.hpp>
#include <plait/policies/peer_group.hpp>
#include <utility>

namespace plait::detail {

/// A moment for each peer that has come of late: of bounded size, whoever comes.
///
/// Peers are kept in two generations. A peer that comes is put into the young one; when that is
/// full, or has been filled for `memory`, it becomes the old one, and the old one is forgotten. So
/// nobody is forgotten before `memory` has passed since it came last, but by a flood of half of
/// `most` others since; and nothing is ever searched for what can go.
class RecentPeers {
 public:
  RecentPeers(std::size_t most, Duration memory)
      : perGeneration_(std::max<std::size_t>(most / 2, 1)), memory_(memory) {}

  /// The moment of a peer that comes `now`; the beginning of time for one that is not known.
  TimePoint& come(const PeerGroup& peer, TimePoint now) {
    if (now >= later(youngSince_, memory_)) startGeneration(now);
    if (const auto found = young_.find(peer); found != young_.end()) return found->second;
    const auto known = old_.find(peer);
    const TimePoint moment = known == old_.end() ? TimePoint::min() : known->second;
    if (known != old_.end()) old_.erase(known);
    if (young_.size() >= perGeneration_) startGeneration(now);
    return young_.emplace(peer, moment).first->second;
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  using Moments = std::map<PeerGroup, TimePoint>;  // ordered: nobody can make them collide

  void startGeneration(TimePoint now) {
    old_ = std::exchange(young_, {});
    youngSince_ = now;
  }

  const std::size_t perGeneration_;
  const Duration memory_;
  TimePoint youngSince_ = TimePoint::min();
  Moments young_;
  Moments old_;
};

}  // namespace plait::detail
