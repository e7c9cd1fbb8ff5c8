#pragma once

#include <plait/core/address.hpp>
#include <plait/core/transport.hpp>
#include <plait/net/detail/unique_descriptor.hpp>

namespace plait::detail {

/// Beside Factory: is given the accepted sockets themselves, and asked for no protocols. So every
/// way to listen (TCP, UNIX with its file and lock, adopted sockets) can accept for other reactors.
class SocketTaker {
 public:
  virtual ~SocketTaker() = default;

  /// `host`: this end's address, unknown where it differs from connection to connection.
  virtual void take(UniqueDescriptor socket, const Address& peer, const Address& host,
                    const TransportOptions& options) = 0;
};

}  // namespace plait::detail
