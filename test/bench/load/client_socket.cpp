#include "load/client_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

constexpr std::size_t kSourceAddresses = 200;

void setOption(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

sockaddr_in loopback(std::uint32_t offset, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + offset);
  address.sin_port = htons(port);
  return address;
}

// The port of the source is chosen by connect(), which knows the destination, not by bind(): so
// every address has all ports for it.
bool spreadSource(int fd, std::size_t serial) {
  setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  const auto address = loopback(1 + static_cast<std::uint32_t>(serial % kSourceAddresses), 0);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connectToPort(int fd, std::uint16_t port) {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto address = loopback(0, port);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connectToName(int fd, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path);
  address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0;
}

}  // namespace

int connectedSocket(const Options& options, std::size_t serial) {
  const int family = options.unixName.empty() ? AF_INET : AF_UNIX;
  const int type = options.mode == Mode::udp ? SOCK_DGRAM : SOCK_STREAM;
  const int fd = socket(family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    throw std::runtime_error(fmt::format("cannot make a socket: {}", std::strerror(errno)));
  }
  const timeval patience{.tv_sec = 5, .tv_usec = 0};  // the first bounds connect() as well
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  const bool spread = options.kind == Kind::churn || options.kind == Kind::idle;
  const bool connected = options.unixName.empty() ? (!spread || spreadSource(fd, serial)) &&
                                                        connectToPort(fd, options.port)
                                                  : connectToName(fd, options.unixName);
  if (!connected) {
    const int cause = errno;
    close(fd);
    throw std::runtime_error(fmt::format("cannot connect: {}", std::strerror(cause)));
  }
  return fd;
}

}  // namespace bench
