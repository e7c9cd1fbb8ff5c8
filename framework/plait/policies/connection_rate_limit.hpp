#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <plait/core/delayed_call.hpp>
#include <plait/policies/peer_group.hpp>

namespace plait {

/// So many connections a second in the long run. After a rest, `burst` of them may come at once.
struct ConnectionRate {
  double perSecond = 10;
  std::size_t burst = 10;  ///< at least 1
};

struct ConnectionRateOptions {
  std::optional<ConnectionRate> perPeer = std::nullopt;  ///< of each peer; none = any
  std::optional<ConnectionRate> total = std::nullopt;    ///< of all together; none = any
  PeerPrefixes prefixes = {};                            ///< what makes two peers the same
  /// The most peers that are remembered at a time (some 100 bytes each); at least 2. When more
  /// come, those are forgotten that have not come for longest: a flood of addresses makes room for
  /// none that goes on.
  std::size_t rememberedPeers = 64 * 1024;
};

/// Limits how fast connections come, of one factory or of several, which share the limit by sharing
/// this: a token bucket for each peer, and one for all. What is refused costs no token, and a peer
/// that is too fast costs the others none.
///
/// Remembers a peer only until its bucket must be full again.
///
/// Thread: any.
class ConnectionRateLimit {
 public:
  enum class Verdict { admitted, peerTooFast, allTooFast };

  /// std::invalid_argument for rates that are none (nothing per second, no burst), and for prefixes
  /// longer than an address.
  explicit ConnectionRateLimit(ConnectionRateOptions options);
  ~ConnectionRateLimit();

  /// Whether a connection of `peer`'s may come `now`, a moment of one clock for all calls. For a
  /// peer without an IP address only the limit for all counts.
  Verdict admit(const Address& peer, TimePoint now);
  /// How many peers are remembered.
  std::size_t rememberedPeers() const;

 private:
  struct State;

  const ConnectionRateOptions options_;
  mutable std::mutex mutex_;
  std::unique_ptr<State> state_;
};

}  // namespace plait
