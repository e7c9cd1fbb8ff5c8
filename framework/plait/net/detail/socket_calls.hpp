#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/socket_user.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <span>

/// System calls on stream sockets. None blocks, whatever the socket is set to; a signal repeats
/// them.
namespace plait::detail {

/// True when the call is to be made again when the socket is ready.
inline bool isWouldBlock(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

/// Reads what is there.
inline SocketInput receiveSome(int socket, std::span<char> room) {
  for (;;) {
    const ssize_t size = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
    if (size > 0) return {.bytes = {room.data(), static_cast<std::size_t>(size)}};
    if (size == 0) return {.error = SocketInput::kEndOfFile};
    if (isWouldBlock(errno)) return {.error = SocketInput::kNothingYet};
    if (errno != EINTR) return {.error = errno};
  }
}

/// Sends what the system takes; returns how much, or -1 and sets errno.
inline ssize_t sendSome(int socket, BytesView data) {
  for (;;) {
    const ssize_t size = ::send(socket, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0 || errno != EINTR) return size;
  }
}

/// True when a read would end at once, with bytes, the end of file or an error.
bool isReadable(int socket);
/// What has gone wrong with the socket since this was last asked.
int takeSocketError(int socket);

/// The next connection, close-on-exec, and its peer; `listener` must be non-blocking.
UniqueDescriptor acceptSocket(int listener, SocketAddress& peer, int& error);

}  // namespace plait::detail
