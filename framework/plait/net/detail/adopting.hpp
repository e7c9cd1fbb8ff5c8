#pragma once

#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/core/reactor_socket.hpp>
#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/unique_descriptor.hpp>

namespace plait::detail {

// What `adoptStreamPort` and `adoptStreamConnection` do: they ask what the descriptor is.

std::shared_ptr<ListeningPort> adoptPort(Loop& loop, int descriptor,
                                         std::shared_ptr<Factory> factory,
                                         const ListenOptions& options);
std::shared_ptr<Transport> adoptConnection(Loop& loop, int descriptor, Factory& factory,
                                           const TransportOptions& options);

/// Serves a connected socket, of which all is known: its protocol comes from `factory`. `host` may
/// be unknown: then it is asked of the socket when needed. Null when there is no protocol. Throws
/// std::system_error when the system watches too much already.
std::shared_ptr<Connection> serveSocket(Loop& loop, UniqueDescriptor socket, const Address& peer,
                                        const Address& host, Factory& factory,
                                        const TransportOptions& options,
                                        std::shared_ptr<ConnectionOwner> owner);

}  // namespace plait::detail
