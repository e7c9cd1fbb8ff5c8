#pragma once

#include <deque>
#include <plait/core/bytes.hpp>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <span>

/// Bytes that travel over a UNIX socket together with file descriptors (SCM_RIGHTS).
namespace plait::detail {

struct DescriptorMessage {
  std::size_t size = 0;  ///< of the bytes
  std::deque<UniqueDescriptor> descriptors;
  bool incomplete = false;  ///< more were sent, for which this process had no room
};

/// Reads what is there, up to `buffer`'s size, without blocking. At the end of file:
/// asio::error::eof.
DescriptorMessage receiveMessage(int socket, std::span<char> buffer, ErrorCode& error);

/// Sends from `pieces` without blocking, and `descriptor`, unless it is -1, with the first byte.
/// Returns how many bytes were taken: when any was, so was the descriptor.
std::size_t sendMessage(int socket, std::span<const BytesView> pieces, int descriptor,
                        ErrorCode& error);

}  // namespace plait::detail
