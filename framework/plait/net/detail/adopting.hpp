#pragma once

#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/core/reactor_socket.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

// What `adoptStreamPort` and `adoptStreamConnection` do: they ask what the descriptor is.

std::shared_ptr<ListeningPort> adoptPort(Loop& loop, int descriptor,
                                         std::shared_ptr<Factory> factory,
                                         const ListenOptions& options);
std::shared_ptr<Transport> adoptConnection(Loop& loop, int descriptor, Factory& factory,
                                           const TransportOptions& options);

}  // namespace plait::detail
