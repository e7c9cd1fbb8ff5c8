#pragma once

#include <plait/core/bytes.hpp>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <span>

/// System calls on stream sockets. None blocks, whatever the socket is set to; a signal repeats
/// them.
namespace plait::detail {

/// True when the call is to be made again when the socket is ready.
inline bool isWouldBlock(ErrorCode error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::no_buffer_space;
}

/// Reads what is there; returns how much. At the end of file: asio::error::eof.
std::size_t receiveSome(int socket, std::span<char> room, ErrorCode& error);
/// Sends what the system takes; returns how much.
std::size_t sendSome(int socket, BytesView data, ErrorCode& error);
/// True when a read would end at once, with bytes, the end of file or an error.
bool isReadable(int socket);
/// What has gone wrong with the socket since this was last asked.
ErrorCode takeSocketError(int socket);

/// The next connection, close-on-exec, and its peer; `listener` must be non-blocking.
UniqueDescriptor acceptSocket(int listener, SocketAddress& peer, ErrorCode& error);

}  // namespace plait::detail
