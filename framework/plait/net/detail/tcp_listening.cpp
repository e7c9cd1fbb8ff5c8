#include <netinet/in.h>

#include <boost/asio/ip/basic_resolver.hpp>
#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/tcp_listening.hpp>

namespace plait::detail {

namespace {

Address chooseAddress(std::uint16_t port, const std::string& interface) {
  if (interface.empty()) return IPv4Address{.port = port};
  const Address literal = literalAddress(interface, port);
  if (literal != Address()) return literal;

  // A name, such as "localhost": looked up here and now, as listening is synchronous.
  asio::io_context context;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(context.get_executor());
  ErrorCode error;
  const auto found =
      resolver.resolve(interface, std::to_string(port), asio::ip::resolver_base::passive, error);
  if (error || found.empty()) {
    throw CannotListenError(fmt::format("{}:{}", interface, port), std::error_code(error));
  }
  return toAddress(found.begin()->endpoint());
}

/// A socket on its way to listening.
class ListeningSocket {
 public:
  ListeningSocket(const Address& where, const ListenOptions& options)
      : where_(where), address_(where), options_(options) {
    // Close-on-exec: the programs that this one starts would keep the port.
    socket_ =
        UniqueDescriptor(::socket(address_.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    check(socket_.get());
    set(SOL_SOCKET, SO_REUSEADDR, true);
    if (options.reusePort) set(SOL_SOCKET, SO_REUSEPORT, true);
    if (address_.family() == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only);
  }

  void bind() { check(::bind(socket_.get(), address_.data(), address_.size())); }
  void listen() { check(::listen(socket_.get(), options_.backlog)); }
  /// Shares its port with others that do. False where the system knows no such thing.
  bool share() {
    const int on = 1;
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) return true;
    if (errno != ENOPROTOOPT) check(-1);
    return false;
  }

  Address host() const {
    const Address host = socketHost(socket_.get()).toAddress();
    if (host == Address()) check(-1);
    return host;
  }
  UniqueDescriptor take() { return std::move(socket_); }

 private:
  void set(int level, int name, bool on) {
    const int value = on ? 1 : 0;
    check(::setsockopt(socket_.get(), level, name, &value, sizeof value));
  }
  void check(int result) const {
    if (result >= 0) return;
    throw CannotListenError(toString(where_), std::error_code(errno, std::system_category()));
  }

  Address where_;
  SocketAddress address_;
  const ListenOptions& options_;
  UniqueDescriptor socket_;
};

}  // namespace

UniqueDescriptor openListening(std::uint16_t port, const ListenOptions& options) {
  ListeningSocket socket(chooseAddress(port, options.interface), options);
  socket.bind();
  socket.listen();
  return socket.take();
}

std::vector<UniqueDescriptor> openSharing(std::uint16_t port, const ListenOptions& options,
                                          std::size_t count) {
  std::vector<ListeningSocket> sockets;
  sockets.reserve(count);
  // The first is bound as one that shares with nobody, which shows whether the port is free; and
  // shares it only then.
  ListeningSocket& first = sockets.emplace_back(chooseAddress(port, options.interface), options);
  first.bind();
  first.listen();  // where two that are bound already find out about each other
  if (!first.share()) return {};
  const Address where = first.host();  // port 0 has become a number
  while (sockets.size() < count) {
    ListeningSocket& next = sockets.emplace_back(where, options);
    if (!next.share()) return {};
    next.bind();
  }
  std::vector<UniqueDescriptor> listening;
  for (ListeningSocket& socket : sockets) {
    if (&socket != &first) socket.listen();
    listening.push_back(socket.take());
  }
  return listening;
}

}  // namespace plait::detail
