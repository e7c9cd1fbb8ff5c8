#pragma once

#include <cstdint>
#include <optional>
#include <plait/core/transport.hpp>

namespace plait {

/// Who is at the other end of a UNIX socket, as the system vouches for it (SO_PEERCRED): the
/// process that connected or listened, at that moment.
struct PeerCredentials {
  std::int64_t processID = 0;
  std::uint32_t userID = 0;
  std::uint32_t groupID = 0;
};

/// What a transport over a UNIX socket can do besides. Twisted: `IUNIXTransport`.
///
///     if (auto* local = UNIXTransport::of(transport())) local->sendFileDescriptor(fd);
class UNIXTransport {
 public:
  virtual ~UNIXTransport() = default;

  /// Null when `transport` is none over a UNIX socket.
  static UNIXTransport* of(Transport& transport) { return transport.as<UNIXTransport>(); }

  /// Sends a duplicate of `fd`, in order with what is written: it travels with the first byte that
  /// is written after this call, and each needs a byte of its own. Closed with descriptors that
  /// have none, the connection is lost with FileDescriptorOverrun. Throws std::system_error when
  /// `fd` cannot be duplicated. More than 64 of them waiting pause the producer.
  virtual void sendFileDescriptor(int fd) = 0;
  /// nullopt where the system does not tell.
  virtual std::optional<PeerCredentials> peerCredentials() const = 0;
};

/// Beside Protocol, for those that are sent descriptors. Without it, one that comes is closed.
/// Twisted: `IFileDescriptorReceiver`.
class FileDescriptorReceiver {
 public:
  virtual ~FileDescriptorReceiver() = default;
  /// A descriptor has come, close-on-exec, before the bytes it was sent with. It is yours to close.
  virtual void fileDescriptorReceived(int fd) = 0;
};

}  // namespace plait
