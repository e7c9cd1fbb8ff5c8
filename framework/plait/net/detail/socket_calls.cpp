#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <plait/net/detail/socket_calls.hpp>

namespace plait::detail {

bool isReadable(int socket) {
  pollfd asked{socket, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

int takeSocketError(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

UniqueDescriptor acceptSocket(int listener, SocketAddress& peer, int& error) {
  for (;;) {
#ifdef SOCK_CLOEXEC
    UniqueDescriptor socket(::accept4(listener, peer.data(), peer.sizeForCall(), SOCK_CLOEXEC));
#else
    UniqueDescriptor socket(::accept(listener, peer.data(), peer.sizeForCall()));
    if (socket) ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
#endif
    if (socket) return socket;
    if (errno == EINTR) continue;
    error = errno;
    return {};
  }
}

}  // namespace plait::detail
