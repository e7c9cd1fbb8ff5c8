#pragma once

#include <plait/core/reactor_tcp.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <vector>

namespace plait::detail {

// How TCP sockets come to listen: bound as the options say, close-on-exec. They throw
// CannotListenError.

UniqueDescriptor openListening(std::uint16_t port, const ListenOptions& options);

/// `count` sockets at one address, over which the system spreads connections (SO_REUSEPORT). None
/// where it cannot.
///
/// The port is theirs alone, as if there were one socket: a program that comes at the
/// same time, or that was there first, is refused it, unless the options say `reusePort`. One of
/// the same user that comes later and asks for sharing is let in by the system.
std::vector<UniqueDescriptor> openSharing(std::uint16_t port, const ListenOptions& options,
                                          std::size_t count);

}  // namespace plait::detail
