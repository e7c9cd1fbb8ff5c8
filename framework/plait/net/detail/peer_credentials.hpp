#pragma once

#include <optional>
#include <plait/core/unix_transport.hpp>

namespace plait::detail {

/// Who is at the other end of a connected UNIX socket; nullopt where the system does not tell.
std::optional<PeerCredentials> askPeerCredentials(int socket);

}  // namespace plait::detail
