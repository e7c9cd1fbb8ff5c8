#include <boost/asio/ip/v6_only.hpp>
#include <plait/core/errors.hpp>
#include <plait/net/detail/socket_connection.hpp>
#include <plait/net/detail/tcp_port.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRest = 100ms;
constexpr Duration kBetweenComplaints = 1s;

#ifdef SO_REUSEPORT
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
#endif

/// The connection that could not be accepted was at fault, not we: go on with the next.
bool isPeersFault(ErrorCode error) {
  return error == asio::error::connection_aborted || error == asio::error::connection_reset ||
         error == asio::error::no_permission /* a firewall's doing */ ||
         error == boost::system::errc::protocol_error;
}

}  // namespace

TcpPort::TcpPort(Loop& loop, std::shared_ptr<Factory> factory, ListenOptions options)
    : loop_(loop),
      factory_(std::move(factory)),
      options_(std::move(options)),
      acceptor_(loop.context().get_executor()) {}

Address TcpPort::chooseAddress(std::uint16_t port) const {
  if (options_.interface.empty()) return IPv4Address{.port = port};
  const Address literal = literalAddress(options_.interface, port);
  if (literal != Address()) return literal;

  // A name, such as "localhost": looked up here and now, as listening is synchronous.
  ErrorCode error;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(loop_.context().get_executor());
  const auto found = resolver.resolve(options_.interface, std::to_string(port),
                                      asio::ip::resolver_base::passive, error);
  if (error || found.empty()) {
    throw CannotListenError(fmt::format("{}:{}", options_.interface, port), std::error_code(error));
  }
  return toAddress(found.begin()->endpoint());
}

void TcpPort::listen(std::uint16_t port) {
  host_ = chooseAddress(port);
  const TcpEndpoint endpoint = toEndpoint(host_);
  ErrorCode error;
  const auto check = [&] {
    if (error) throw CannotListenError(toString(host_), std::error_code(error));
  };

  acceptor_.open(endpoint.protocol(), error);
  check();
  acceptor_.set_option(TcpAcceptor::reuse_address(true), error);
  check();
  if (options_.reusePort) {
#ifdef SO_REUSEPORT
    acceptor_.set_option(ReusePort(true), error);
#else
    error = asio::error::operation_not_supported;
#endif
    check();
  }
  if (endpoint.address().is_v6()) {
    acceptor_.set_option(asio::ip::v6_only(options_.ipv6Only), error);
    check();
  }
  // Asio would wait for the next connection, though others may be waiting already.
  acceptor_.set_option(TcpAcceptor::enable_connection_aborted(true), error);
  check();
  // Accepted sockets inherit it: one system call a connection less.
  acceptor_.set_option(asio::ip::tcp::no_delay(true), error);
  check();
  acceptor_.bind(endpoint, error);
  check();
  acceptor_.listen(options_.backlog, error);
  check();

  host_ = toAddress(acceptor_.local_endpoint());
  if (!endpoint.address().is_unspecified()) hostOfConnections_ = host_;
  factory_->doStart();  // when it throws, nothing listens
  self_ = shared_from_this();
  loop_.members.push_back(*this);
  loop_.logger().debug("{} starts on {}", readableName(typeid(*factory_)), host_);
  accept();
}

void TcpPort::doStopListening(UniqueFunction<void()> stopped) {
  close();
  stopped();
}

void TcpPort::close() {
  if (!acceptor_.is_open()) return;  // the reactor may be gone by then
  loop_.assertThread();
  const auto keep = std::move(self_);
  if (restTimer_.active()) restOver();
  ErrorCode ignored;
  acceptor_.close(ignored);
  unlink();
  loop_.guarded("stopFactory", [this] { factory_->doStop(); });
}

void TcpPort::accept() {
  acceptor_.async_accept(peer_,
                         [self = shared_from_this()](ErrorCode error, TcpSocket socket) mutable {
                           self->accepted(error, std::move(socket));
                         });
}

void TcpPort::accepted(ErrorCode error, TcpSocket socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    serve(std::move(socket));
  } else if (!isPeersFault(error)) {
    return rest(error);
  }
  if (acceptor_.is_open()) accept();
}

void TcpPort::serve(TcpSocket socket) {
  Loop::Callback callback(loop_);
  const Address peer = toAddress(peer_);
  std::shared_ptr<Protocol> protocol;
  try {
    protocol = factory_->makeProtocol(peer);
  } catch (...) {
    loop_.logger().failure(Failure(), "buildProtocol threw, the connection from {} is closed",
                           peer);
  }
  if (!protocol) return;  // refused: the socket closes
  std::make_shared<SocketConnection>(loop_, std::move(socket), peer, hostOfConnections_,
                                     options_.transport)
      ->begin(std::move(protocol), nullptr);
}

void TcpPort::rest(ErrorCode why) {
  if (loop_.now() - lastComplaint_ >= kBetweenComplaints) {
    lastComplaint_ = loop_.now();
    loop_.logger().error("cannot accept on {}: {}; trying again when a connection has closed",
                         host_, describe(why));
  }
  ++loop_.listenersAtRest;
  restTimer_ = loop_.callLater(kRest, [this] {
    restOver();
    accept();
  });
}

void TcpPort::restOver() {
  restTimer_.cancelIfActive();
  --loop_.listenersAtRest;
}

void TcpPort::descriptorFreed() {
  if (restTimer_.active()) restTimer_.reset(Duration::zero());
}

}  // namespace plait::detail
