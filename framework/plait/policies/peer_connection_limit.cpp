#include <plait/policies/peer_connection_limit.hpp>

namespace plait {

PeerConnectionLimit::PeerConnectionLimit(std::size_t most, PeerPrefixes prefixes)
    : most_(most), prefixes_(prefixes) {
  PeerGroup::of({}, prefixes);  // are they good?
}

std::optional<Place> PeerConnectionLimit::enter(const Address& peer) {
  const auto group = PeerGroup::of(peer, prefixes_);
  if (!group) return Place(nullptr);
  if (most_ == 0) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[*group];
    if (count >= most_) return std::nullopt;
    ++count;
  }
  return Place([self = shared_from_this(), group = *group] { self->leave(group); });
}

void PeerConnectionLimit::leave(const PeerGroup& group) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(group);
  if (--found->second == 0) counts_.erase(found);
}

std::size_t PeerConnectionLimit::count(const Address& peer) const {
  const auto group = PeerGroup::of(peer, prefixes_);
  const std::lock_guard lock(mutex_);
  const auto found = group ? counts_.find(*group) : counts_.end();
  return found == counts_.end() ? 0 : found->second;
}

std::size_t PeerConnectionLimit::peers() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

}  // namespace plait
