#pragma once

#include <sys/socket.h>

#include <plait/core/address.hpp>

namespace plait::detail {

/// An address as the system's calls take it and give it.
class SocketAddress {
 public:
  /// None yet: room for a call to write one to.
  SocketAddress() = default;
  /// Of an IP address, a path or an abstract name. InvalidAddressError for a host name, an unknown
  /// address, no path or one too long.
  explicit SocketAddress(const Address& address);
  SocketAddress(const sockaddr& address, socklen_t size);

  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  /// Where a call writes the size; before the call it says how much room there is.
  socklen_t* sizeForCall() {
    size_ = sizeof storage_;
    return &size_;
  }
  int family() const { return size_ == 0 ? AF_UNSPEC : storage_.ss_family; }

  /// Unknown (`Address()`) for a family that has no class here; unnamed is a UNIXAddress, empty.
  Address toAddress() const;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b);

 private:
  sockaddr_storage storage_;  // as far as size_ says
  socklen_t size_ = 0;
};

/// The local address of a socket; the peer's, of a connected one. Of size 0 when there is none.
SocketAddress socketHost(int socket);
SocketAddress socketPeer(int socket);

}  // namespace plait::detail
