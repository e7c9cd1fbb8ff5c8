#include <sys/socket.h>

#include <plait/net/detail/peer_credentials.hpp>

namespace plait::detail {

std::optional<PeerCredentials> askPeerCredentials(int socket) {
#ifdef SO_PEERCRED
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return std::nullopt;
  if (found.uid == static_cast<uid_t>(-1)) return std::nullopt;  // it has no peer
  return PeerCredentials{found.pid, found.uid, found.gid};
#else
  (void)socket;
  return std::nullopt;
#endif
}

}  // namespace plait::detail
