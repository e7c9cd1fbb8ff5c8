#include <fcntl.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/stream_port.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRest = 100ms;
constexpr Duration kBetweenComplaints = 1s;

/// The connection that could not be accepted was at fault, not we: go on with the next.
bool isPeersFault(ErrorCode error) {
  return error == asio::error::connection_aborted || error == asio::error::connection_reset ||
         error == asio::error::no_permission /* a firewall's doing */ ||
         error == boost::system::errc::protocol_error;
}

}  // namespace

StreamPort::StreamPort(Loop& loop, std::shared_ptr<Factory> factory,
                       const TransportOptions& transport)
    : loop_(loop),
      factory_(std::move(factory)),
      transport_(transport),
      acceptor_(loop.context().get_executor()) {}

void StreamPort::start(const Address& host, const Address& hostOfConnections) {
  host_ = host;
  hostOfConnections_ = hostOfConnections;
  // Asio would wait for the next connection when one is aborted, though others may be waiting.
  acceptor_.set_option(StreamAcceptor::enable_connection_aborted(true));
  factory_->doStart();  // when it throws, nothing listens
  self_ = shared_from_this();
  loop_.members.push_back(*this);
  const Factory& factory = *factory_;
  loop_.logger().debug("{} starts on {}", readableName(typeid(factory)), host_);
  accept();
}

void StreamPort::doStopListening(UniqueFunction<void()> stopped) {
  close();
  stopped();
}

void StreamPort::close() {
  if (!acceptor_.is_open()) return;  // the reactor may be gone by then
  loop_.assertThread();
  const auto keep = std::move(self_);
  if (restTimer_.active()) restOver();
  ErrorCode ignored;
  acceptor_.close(ignored);
  closed();
  unlink();
  loop_.guarded("stopFactory", [this] { factory_->doStop(); });
}

// --- Accepting -------------------------------------------------------------------------

void StreamPort::accept() {
  acceptor_.async_accept(peer_,
                         [self = shared_from_this()](ErrorCode error, StreamSocket socket) mutable {
                           self->accepted(error, std::move(socket));
                         });
}

void StreamPort::accepted(ErrorCode error, StreamSocket socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio's `accept` does not
    serve(std::move(socket));
  } else if (!isPeersFault(error)) {
    return rest(error);
  }
  if (acceptor_.is_open()) accept();
}

void StreamPort::serve(StreamSocket socket) {
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
  makeConnection(std::move(socket), peer, hostOfConnections_, transport_)
      ->begin(std::move(protocol), nullptr);
}

std::shared_ptr<SocketConnection> StreamPort::makeConnection(StreamSocket socket,
                                                             const Address& peer,
                                                             const Address& host,
                                                             const TransportOptions& options) {
  return std::make_shared<SocketConnection>(loop_, std::move(socket), peer, host, options);
}

// --- Resting ---------------------------------------------------------------------------

void StreamPort::rest(ErrorCode why) {
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

void StreamPort::restOver() {
  restTimer_.cancelIfActive();
  --loop_.listenersAtRest;
}

void StreamPort::descriptorFreed() {
  if (restTimer_.active()) restTimer_.reset(Duration::zero());
}

}  // namespace plait::detail
