#include <fcntl.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/socket_calls.hpp>
#include <plait/net/detail/stream_port.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRest = 100ms;
constexpr Duration kBetweenComplaints = 1s;
constexpr int kMostAccepts = 16;

/// The connection that could not be accepted was at fault, not we: go on with the next.
bool isPeersFault(int error) {
  return error == ECONNABORTED || error == ECONNRESET || error == EPERM /* a firewall's doing */ ||
         error == EPROTO;
}

}  // namespace

StreamPort::StreamPort(Loop& loop, std::shared_ptr<Factory> factory,
                       const TransportOptions& transport)
    : loop_(loop),
      factory_(std::move(factory)),
      taker_(dynamic_cast<SocketTaker*>(factory_.get())),
      transport_(transport),
      watch_(loop, [this] { acceptSome(); }) {}

void StreamPort::start(UniqueDescriptor socket, const Address& host,
                       const Address& hostOfConnections) {
  host_ = host;
  hostOfConnections_ = hostOfConnections;
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    const std::error_code why(errno, std::system_category());
    throw CannotListenError(toString(host), why);
  }
  socket_ = std::move(socket);
  watch_.start(socket_.get());
  factory_->doStart();  // when it throws, nothing listens
  self_ = shared_from_this();
  loop_.members.push_back(*this);
  const Factory& factory = *factory_;
  loop_.logger().debug("{} starts on {}", readableName(typeid(factory)), host_);
}

void StreamPort::doStopListening(UniqueFunction<void()> stopped) {
  close();
  stopped();
}

void StreamPort::close() {
  if (!socket_) return;  // the reactor may be gone by then
  loop_.assertThread();
  const auto keep = std::move(self_);
  if (restTimer_.active()) restOver();
  watch_.stop();
  socket_ = {};
  closed();
  unlink();
  loop_.guarded("stopFactory", [this] { factory_->doStop(); });
}

// --- Accepting -------------------------------------------------------------------------

void StreamPort::acceptSome() {
  const auto keep = shared_from_this();
  for (int i = 0; i < batch_; ++i) {
    if (!accept()) {
      batch_ = 1;
      return;
    }
  }
  batch_ = std::min(2 * batch_, kMostAccepts);
}

bool StreamPort::accept() {
  if (!socket_) return false;  // whom we served last has closed it
  SocketAddress peer;
  int error = 0;
  UniqueDescriptor socket = acceptSocket(socket_.get(), peer, error);
  if (socket) {
    serve(std::move(socket), peer.toAddress());
  } else if (isWouldBlock(error)) {
    return false;
  } else if (!isPeersFault(error)) {
    rest(error);
    return false;
  }
  return true;
}

void StreamPort::serve(UniqueDescriptor socket, const Address& peer) {
  Loop::Callback callback(loop_);
  if (taker_) return taker_->take(std::move(socket), peer, hostOfConnections_, transport_);
  std::shared_ptr<Protocol> protocol;
  try {
    const Loop::WatchedCall watched(loop_, "buildProtocol");
    protocol = factory_->makeProtocol(peer);
  } catch (...) {
    loop_.logger().failure(Failure(), "buildProtocol threw, the connection from {} is closed",
                           peer);
  }
  if (!protocol) return;  // refused: the socket closes
  try {
    makeConnection(std::move(socket), peer, hostOfConnections_, transport_)
        ->begin(std::move(protocol), nullptr);
  } catch (const std::exception&) {  // the system watches too many sockets, or has no memory
    loop_.logger().failure(Failure(), "the connection from {} is closed", peer);
  }
}

std::shared_ptr<SocketConnection> StreamPort::makeConnection(UniqueDescriptor socket,
                                                             const Address& peer,
                                                             const Address& host,
                                                             const TransportOptions& options) {
  return std::make_shared<SocketConnection>(loop_, std::move(socket), peer, host, options);
}

// --- Resting ---------------------------------------------------------------------------

void StreamPort::rest(int why) {
  if (loop_.now() - lastComplaint_ >= kBetweenComplaints) {
    lastComplaint_ = loop_.now();
    loop_.logger().error("cannot accept on {}: {}; trying again when a connection has closed",
                         host_, describe(std::error_code(why, std::system_category())));
  }
  restTimer_ = loop_.callLater(kRest, [this] {
    restOver();
    try {
      watch_.start(socket_.get());
    } catch (const std::system_error& error) {  // the system watches too many sockets
      rest(error.code().value());
    }
  });
  ++loop_.listenersAtRest;
  watch_.stop();
}

void StreamPort::restOver() {
  restTimer_.cancelIfActive();
  --loop_.listenersAtRest;
}

void StreamPort::descriptorFreed() {
  if (restTimer_.active()) restTimer_.reset(Duration::zero());
}

}  // namespace plait::detail
