#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <plait/policies/peer_group.hpp>
#include <plait/policies/place.hpp>

namespace plait {

/// So many connections at once of each peer and no more, of one factory or of several: they share
/// the limit by sharing this. Remembers those peers only that have a connection.
///
/// Thread: any.
class PeerConnectionLimit : public std::enable_shared_from_this<PeerConnectionLimit> {
 public:
  /// std::invalid_argument for prefixes longer than an address.
  explicit PeerConnectionLimit(std::size_t most, PeerPrefixes prefixes = {});

  /// A place for one more connection of `peer`'s; nullopt when all are taken. A peer without an IP
  /// address always gets one. Own this by std::shared_ptr: the places keep it.
  std::optional<Place> enter(const Address& peer);
  /// How many connections `peer` has, with those of all others that count as the same.
  std::size_t count(const Address& peer) const;
  /// How many peers have connections.
  std::size_t peers() const;
  std::size_t most() const { return most_; }
  const PeerPrefixes& prefixes() const { return prefixes_; }

 private:
  void leave(const PeerGroup& group);

  const std::size_t most_;
  const PeerPrefixes prefixes_;
  mutable std::mutex mutex_;
  // Ordered, not hashed: peers choose their addresses, and could choose those that collide.
  std::map<PeerGroup, std::size_t> counts_;
};

}  // namespace plait
