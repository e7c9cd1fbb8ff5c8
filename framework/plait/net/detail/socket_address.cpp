#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <plait/core/errors.hpp>
#include <plait/net/detail/socket_address.hpp>

namespace plait::detail {

namespace {

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);

sockaddr_in toSystem(const IPv4Address& address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(address.port);
  std::memcpy(&in.sin_addr, address.octets.data(), address.octets.size());
  return in;
}

sockaddr_in6 toSystem(const IPv6Address& address) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(address.port);
  in.sin6_scope_id = address.scopeID;
  std::memcpy(&in.sin6_addr, address.octets.data(), address.octets.size());
  return in;
}

}  // namespace

SocketAddress::SocketAddress(const Address& address) {
  const auto store = [this](const auto& system, std::size_t size) {
    std::memcpy(&storage_, &system, size);
    size_ = static_cast<socklen_t>(size);
  };
  if (auto* v4 = address.as<IPv4Address>()) {
    store(toSystem(*v4), sizeof(sockaddr_in));
  } else if (auto* v6 = address.as<IPv6Address>()) {
    store(toSystem(*v6), sizeof(sockaddr_in6));
  } else if (auto* path = address.as<UNIXAddress>()) {
    const std::string& name = path->name;
    if (name.empty()) throw InvalidAddressError(address, "a socket without a name");
    const bool abstract = name.front() == '\0';
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    if (name.size() + (abstract ? 0 : 1) > sizeof un.sun_path) {
      throw InvalidAddressError(
          address, fmt::format("the path is too long, {} bytes fit", sizeof un.sun_path - 1));
    }
    std::memcpy(un.sun_path, name.data(), name.size());
    store(un, kPathOffset + name.size() + (abstract ? 0 : 1));
  } else {
    throw InvalidAddressError(address, "only IP addresses are accepted, not hostnames");
  }
}

SocketAddress::SocketAddress(const sockaddr& address, socklen_t size) : size_(size) {
  std::memcpy(&storage_, &address, size);
}

Address SocketAddress::toAddress() const {
  switch (family()) {
    case AF_INET: {
      sockaddr_in in;
      std::memcpy(&in, &storage_, sizeof in);
      IPv4Address address{.port = ntohs(in.sin_port)};
      std::memcpy(address.octets.data(), &in.sin_addr, address.octets.size());
      return address;
    }
    case AF_INET6: {
      sockaddr_in6 in;
      std::memcpy(&in, &storage_, sizeof in);
      IPv6Address address{.scopeID = in.sin6_scope_id, .port = ntohs(in.sin6_port)};
      std::memcpy(address.octets.data(), &in.sin6_addr, address.octets.size());
      return address;
    }
    case AF_UNIX: {
      const char* path = reinterpret_cast<const char*>(&storage_) + kPathOffset;
      std::string name(path, size_ > kPathOffset ? size_ - kPathOffset : 0);
      // A path comes with the null behind it; an abstract name begins with one, and may have more.
      if (!name.empty() && name.front() != '\0') name.resize(std::strlen(name.c_str()));
      return UNIXAddress{std::move(name)};
    }
    default:
      return {};
  }
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
}

SocketAddress socketHost(int socket) {
  SocketAddress address;
  if (::getsockname(socket, address.data(), address.sizeForCall()) != 0) return {};
  return address;
}

SocketAddress socketPeer(int socket) {
  SocketAddress address;
  if (::getpeername(socket, address.data(), address.sizeForCall()) != 0) return {};
  return address;
}

}  // namespace plait::detail
