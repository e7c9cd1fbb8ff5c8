#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <plait/net/detail/socket_calls.hpp>

namespace plait::detail {

namespace {

ErrorCode lastError() {
  return {errno, boost::system::system_category()};
}

}  // namespace

std::size_t receiveSome(int socket, std::span<char> room, ErrorCode& error) {
  for (;;) {
    const ssize_t size = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size == 0) {
      error = asio::error::eof;
      return 0;
    }
    if (errno == EINTR) continue;
    error = lastError();
    return 0;
  }
}

std::size_t sendSome(int socket, BytesView data, ErrorCode& error) {
  for (;;) {
    const ssize_t size = ::send(socket, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno == EINTR) continue;
    error = lastError();
    return 0;
  }
}

bool isReadable(int socket) {
  pollfd asked{socket, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

ErrorCode takeSocketError(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return {error, boost::system::system_category()};
}

UniqueDescriptor acceptSocket(int listener, SocketAddress& peer, ErrorCode& error) {
  for (;;) {
#ifdef SOCK_CLOEXEC
    UniqueDescriptor socket(::accept4(listener, peer.data(), peer.sizeForCall(), SOCK_CLOEXEC));
#else
    UniqueDescriptor socket(::accept(listener, peer.data(), peer.sizeForCall()));
    if (socket) ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
#endif
    if (socket) return socket;
    if (errno == EINTR) continue;
    error = lastError();
    return {};
  }
}

}  // namespace plait::detail
