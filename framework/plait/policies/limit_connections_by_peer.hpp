#pragma once

#include <plait/policies/peer_connection_limit.hpp>
#include <plait/policies/refusals.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// Serves so many connections of each peer at once and no more, so that one of them cannot take all
/// there are; more are closed without a byte. Peers are told apart by IP address, or by network:
///
///     LimitConnectionsByPeer(factory, 5)                                     // of an address
///     LimitConnectionsByPeer(factory, 50, {.ipv4 = 24, .ipv6 = 64})          // of a network
///
/// Both together are one around the other. Peers without an IP address (UNIX sockets) are not
/// limited: they cannot be told apart, and are programs of this machine that the socket's mode has
/// let in. Twisted: `LimitConnectionsByPeer`.
///
/// A place is taken when the protocol is built, and free again when the connection is lost, just
/// before the protocol is told. Refusals are logged, one a minute at most.
///
/// Thread: `buildProtocol` any, as with a pool of reactors, all of which share the limit.
class LimitConnectionsByPeer : public WrappingFactory {
 public:
  /// std::invalid_argument for prefixes longer than an address.
  explicit LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped, std::size_t limit = 5,
                                  PeerPrefixes prefixes = {}, RefusalOptions refusals = {});
  /// A limit that is shared with other factories.
  LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped,
                         std::shared_ptr<PeerConnectionLimit> limit, RefusalOptions refusals = {});

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

  /// How many connections `peer` has, with those of its network.
  std::size_t connectionCount(const Address& peer) const { return limit_->count(peer); }

 private:
  std::shared_ptr<PeerConnectionLimit> limit_;
  Refusals refusals_;
};

}  // namespace plait
