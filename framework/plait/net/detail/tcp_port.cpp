#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/ip/basic_resolver.hpp>
#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/tcp_port.hpp>

namespace plait::detail {

TcpPort::TcpPort(Loop& loop, std::shared_ptr<Factory> factory, ListenOptions options)
    : StreamPort(loop, std::move(factory), options.transport), options_(std::move(options)) {}

Address TcpPort::chooseAddress(std::uint16_t port) const {
  if (options_.interface.empty()) return IPv4Address{.port = port};
  const Address literal = literalAddress(options_.interface, port);
  if (literal != Address()) return literal;

  // A name, such as "localhost": looked up here and now, as listening is synchronous.
  ErrorCode error;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(loop().context().get_executor());
  const auto found = resolver.resolve(options_.interface, std::to_string(port),
                                      asio::ip::resolver_base::passive, error);
  if (error || found.empty()) {
    throw CannotListenError(fmt::format("{}:{}", options_.interface, port), std::error_code(error));
  }
  return toAddress(found.begin()->endpoint());
}

UniqueDescriptor TcpPort::open(const Address& host) const {
  const SocketAddress address(host);
  // Close-on-exec: the programs that this one starts would keep the port.
  UniqueDescriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  const auto orThrow = [&](int result) {
    if (result < 0) {
      throw CannotListenError(toString(host), std::error_code(errno, std::system_category()));
    }
  };
  const auto set = [&](int level, int name, bool on) {
    const int value = on ? 1 : 0;
    orThrow(::setsockopt(socket.get(), level, name, &value, sizeof value));
  };
  orThrow(socket.get());
  set(SOL_SOCKET, SO_REUSEADDR, true);
  if (options_.reusePort) set(SOL_SOCKET, SO_REUSEPORT, true);
  if (address.family() == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, options_.ipv6Only);
  orThrow(::bind(socket.get(), address.data(), address.size()));
  orThrow(::listen(socket.get(), options_.backlog));
  return socket;
}

void TcpPort::listen(std::uint16_t port) {
  UniqueDescriptor socket = open(chooseAddress(port));
  const Address host = socketHost(socket.get()).toAddress();
  startAt(std::move(socket), host);
}

void TcpPort::adopt(AdoptedSocket socket) {
  const Address host = socket.host();
  startAt(socket.take(), host);
}

void TcpPort::startAt(UniqueDescriptor socket, const Address& host) {
  // Accepted sockets inherit it: one system call a connection less.
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool everywhere = toEndpoint(host).address().is_unspecified();
  start(std::move(socket), host, everywhere ? Address() : host);
}

}  // namespace plait::detail
