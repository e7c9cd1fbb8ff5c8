#include <fcntl.h>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <plait/core/errors.hpp>
#include <plait/net/detail/tcp_port.hpp>

namespace plait::detail {

namespace {

#ifdef SO_REUSEPORT
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
#endif

}  // namespace

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

void TcpPort::listen(std::uint16_t port) {
  const Address host = chooseAddress(port);
  const TcpEndpoint endpoint = toEndpoint(host);
  ErrorCode error;
  const auto check = [&] {
    if (error) throw CannotListenError(toString(host), std::error_code(error));
  };

  acceptor().open(endpoint.protocol(), error);
  check();
  // Not for the programs that this one starts: they would keep the port.
  ::fcntl(acceptor().native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor().set_option(StreamAcceptor::reuse_address(true), error);
  check();
  if (options_.reusePort) {
#ifdef SO_REUSEPORT
    acceptor().set_option(ReusePort(true), error);
#else
    error = asio::error::operation_not_supported;
#endif
    check();
  }
  if (endpoint.address().is_v6()) {
    acceptor().set_option(asio::ip::v6_only(options_.ipv6Only), error);
    check();
  }
  acceptor().bind(endpoint, error);
  check();
  acceptor().listen(options_.backlog, error);
  check();
  startAt(toAddress(acceptor().local_endpoint()));
}

void TcpPort::adopt(AdoptedSocket socket) {
  socket.moveInto(acceptor());
  startAt(socket.host());
}

void TcpPort::startAt(const Address& host) {
  // Accepted sockets inherit it: one system call a connection less.
  ErrorCode ignored;
  acceptor().set_option(asio::ip::tcp::no_delay(true), ignored);
  const bool everywhere = toEndpoint(host).address().is_unspecified();
  start(host, everywhere ? Address() : host);
}

}  // namespace plait::detail
