#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/datagram_socket.hpp>
#include <plait/net/detail/multicast.hpp>

namespace plait::detail {

namespace {

std::error_code lastError() {
  return {errno, std::system_category()};
}

/// The last error of a call that has failed; none of one that has not.
std::error_code errorOf(int result) {
  return result == 0 ? std::error_code() : lastError();
}

std::error_code setOption(int socket, int level, int name, int value) {
  return errorOf(::setsockopt(socket, level, name, &value, sizeof value));
}

std::error_code setBuffers(int socket, const DatagramOptions& options) {
  std::error_code error;
  if (options.receiveBuffer > 0) {
    error = setOption(socket, SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
  }
  if (!error && options.sendBuffer > 0) {
    error = setOption(socket, SOL_SOCKET, SO_SNDBUF, options.sendBuffer);
  }
  return error;
}

std::error_code setUDPOptions(int socket, int family, const DatagramOptions& options) {
  std::error_code error;
  if (options.listenMultiple) {
    error = setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
#ifdef SO_REUSEPORT
    if (!error) error = setOption(socket, SOL_SOCKET, SO_REUSEPORT, 1);
#endif
  }
  if (!error && family == AF_INET6) {
    error = setOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only);
  }
  if (!error) error = setBuffers(socket, options);
  hearJoinedGroupsOnly(socket, family);
  return error;
}

/// Gives `native` to `socket`, or closes it.
std::error_code assign(DatagramSocket& socket, int native) {
  ErrorCode error;
  socket.socket.assign({socket.family, 0}, native, error);
  if (error) {
    ::close(native);
    return error;
  }
  socket.socket.non_blocking(true, error);
  return error;
}

std::error_code open(DatagramSocket& socket) {
  const int native = ::socket(socket.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return native < 0 ? lastError() : assign(socket, native);
}

Address addressToBind(std::uint16_t port, const std::string& interface) {
  if (interface.empty()) return IPv4Address{.port = port};
  const Address address = literalAddress(interface, port);
  if (address != Address()) return address;
  throw CannotListenError(fmt::format("{}:{}", interface, port), "the interface is no IP address");
}

int intOption(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, SOL_SOCKET, name, &value, &size);
  return value;
}

/// Why `socket` is none that could be adopted; "" when nothing is wrong.
std::string whyNotAdopted(int socket) {
  const int type = intOption(socket, SO_TYPE);
  const SocketAddress host = socketHost(socket);
  if (type != SOCK_DGRAM) return type < 0 ? describe(lastError()) : "it is no datagram socket";
  const Address address = host.toAddress();
  const bool connected = socketPeer(socket).size() != 0;
  if (host.family() == AF_UNIX) {
    return address.host().empty() && !connected ? "the socket is not bound" : "";
  }
  if (host.family() != AF_INET && host.family() != AF_INET6) return "it is neither UDP nor UNIX";
  return address.port() == 0 ? "the socket is not bound" : "";
}

}  // namespace

DatagramSocket bindUDP(Executor executor, std::uint16_t port, const DatagramOptions& options) {
  const Address address = addressToBind(port, options.interface);
  const SocketAddress system(address);
  DatagramSocket made{AsioDatagramSocket(executor), system.family()};
  std::error_code error = open(made);
  const auto native = made.socket.native_handle();
  if (!error) error = setUDPOptions(native, made.family, options);
  if (!error) error = errorOf(::bind(native, system.data(), system.size()));
  if (error) throw CannotListenError(toString(address), error);
  return made;
}

DatagramSocket bindUNIXDatagram(Executor executor, const std::string& path, unsigned mode,
                                const DatagramOptions& options) try {
  DatagramSocket made{AsioDatagramSocket(executor), AF_UNIX};
  std::error_code error = open(made);
  if (!error) error = setBuffers(made.socket.native_handle(), options);
  if (!error) made.path = BoundPath::bind(made.socket.native_handle(), path, mode, error);
  if (error) throw CannotListenError(toString(UNIXAddress{path}), error);
  return made;
} catch (const InvalidAddressError& error) {
  throw CannotListenError(toString(UNIXAddress{path}), error.what());
}

DatagramSocket connectUNIXDatagramSocket(Executor executor, const std::string& path,
                                         const UNIXDatagramConnectOptions& options) try {
  const Address peer = UNIXAddress{path};
  const SocketAddress system(peer);
  DatagramSocket made{AsioDatagramSocket(executor), AF_UNIX};
  std::error_code error = open(made);
  const auto native = made.socket.native_handle();
  if (!error) error = setBuffers(native, options.datagrams);
  if (!error && !options.bindAddress.empty()) {
    made.path = BoundPath::bind(native, options.bindAddress, options.mode, error);
    if (error) throw ConnectBindError(UNIXAddress{options.bindAddress}, error);
  }
  if (!error) error = errorOf(::connect(native, system.data(), system.size()));
  if (error) std::rethrow_exception(getConnectError(error, toString(peer)));
  return made;
} catch (const InvalidAddressError& error) {
  throw ConnectError(error.what());
}

DatagramSocket adoptDatagramSocket(Executor executor, int descriptor,
                                   const DatagramOptions& options) {
  const std::string where = fmt::format("descriptor {}", descriptor);
  const int native = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (native < 0) throw CannotListenError(where, lastError());
  if (const std::string wrong = whyNotAdopted(native); !wrong.empty()) {
    ::close(native);
    throw CannotListenError(where, wrong);
  }
  DatagramSocket made{AsioDatagramSocket(executor), socketHost(native).family()};
  std::error_code error = assign(made, native);
  if (!error) error = setBuffers(native, options);
  if (error) throw CannotListenError(where, error);
  return made;
}

}  // namespace plait::detail
