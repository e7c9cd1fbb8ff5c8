#include <netinet/in.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/datagram_port.hpp>
#include <stdexcept>

/// Life, and receiving. Sending is in datagram_port_sending.cpp, multicast in
/// datagram_port_multicast.cpp.
namespace plait::detail {

namespace {

/// Received in a turn; then others have theirs.
constexpr int kDatagramsATurn = 64;

Address hostOf(int socket) {
  const SocketAddress host = socketHost(socket);
  if (host.size() != 0) return host.toAddress();
  throw CannotListenError("a datagram port", std::error_code(errno, std::system_category()));
}

}  // namespace

class DatagramPort::Readable {
 public:
  using allocator_type = HandlerAllocator<char, kOperationSize>;

  explicit Readable(std::shared_ptr<DatagramPort> port) : port_(std::move(port)) {}
  allocator_type get_allocator() const noexcept { return allocator_type(port_->waitMemory_); }

  void operator()(ErrorCode = {}) {
    port_->awaiting_ = false;
    port_->readable();  // an error shows itself in what is received
  }

 private:
  std::shared_ptr<DatagramPort> port_;
};

DatagramPort::DatagramPort(Loop& loop, DatagramSocket socket, const DatagramOptions& options)
    : loop_(&loop),
      socket_(std::move(socket.socket)),
      path_(std::move(socket.path)),
      family_(socket.family),
      maxPacketSize_(options.maxPacketSize),
      queue_(options.sendQueueLimit),
      host_(hostOf(socket_->native_handle())),
      peer_(socketPeer(socket_->native_handle())) {
  if (maxPacketSize_ == 0) throw std::invalid_argument("maxPacketSize must not be 0");
  if (maxPacketSize_ > loop.readBuffer().size()) {
    ownBuffer_ = std::make_unique_for_overwrite<char[]>(maxPacketSize_);
  }
  if (family_ == AF_UNIX) return;
  broadcast_ = getBroadcastAllowed();
  loopback_ = getLoopbackMode();
  ttl_ = getTTL();
}

void DatagramPort::assertThread() const {
  if (loop_) loop_->assertThread();
}

/// Calls the protocol. What it throws is logged; when it has closed the port, that is completed.
template <class Call>
void DatagramPort::tell(const char* what, Call&& call) {
  Loop& loop = *loop_;
  ++calls_;
  {
    Loop::Callback callback(loop);
    DatagramProtocol& protocol = *protocol_;
    const Loop::WatchedCall watched(loop, what);
    try {
      call(protocol);
    } catch (...) {
      loop.logger().failure(Failure(), "{} of {} on {} threw, the port goes on", what,
                            readableName(typeid(protocol)), host_);
    }
  }
  if (--calls_ == 0 && !socket_) finish();
}

// --- Life ------------------------------------------------------------------------------

void DatagramPort::open(std::shared_ptr<DatagramProtocol> protocol) {
  protocol_ = std::move(protocol);
  self_ = shared_from_this();
  loop_->members.push_back(*this);
  const DatagramProtocol& named = *protocol_;
  loop_->logger().debug("{} starts on {}", readableName(typeid(named)), host_);
  tell("startProtocol", [this](DatagramProtocol& p) { p.makeConnection(shared_from_this()); });
  awaitDatagrams();
}

void DatagramPort::doStopListening(UniqueFunction<void()> stopped) {
  if (!loop_) return stopped();
  stopped_.push_back(std::move(stopped));
  close();
}

void DatagramPort::close() {
  if (!socket_) return;
  assertThread();
  if (family_ != AF_UNIX) {
    broadcast_ = getBroadcastAllowed();
    loopback_ = getLoopbackMode();
    ttl_ = getTTL();
  }
  retry_.cancelIfActive();
  queue_.clear();
  socket_.reset();
  path_.remove();
  unlink();
  loop_->descriptorFreed();
  if (calls_ == 0) finish();
}

void DatagramPort::finish() {
  const auto keep = std::move(self_);
  Loop& loop = *loop_;
  loop.guarded("stopProtocol", [this] { protocol_->stopProtocol(); });
  loop_ = nullptr;
  protocol_ = nullptr;
  for (auto& stopped : std::exchange(stopped_, {})) stopped();
}

void DatagramPort::connect(const Address& peer) {
  assertThread();
  if (!socket_) return;
  if (peer_.size() != 0) throw std::logic_error("the port is connected already");
  const SocketAddress system = checked(peer);
  if (::connect(socket_->native_handle(), system.data(), system.size()) != 0) {
    const std::error_code error(errno, std::system_category());
    std::rethrow_exception(getConnectError(error, toString(peer)));
  }
  peer_ = socketPeer(socket_->native_handle());
  host_ = socketHost(socket_->native_handle()).toAddress();
}

// --- Receiving -------------------------------------------------------------------------

void DatagramPort::pauseProducing() {
  assertThread();
  paused_ = true;
}

void DatagramPort::resumeProducing() {
  assertThread();
  paused_ = false;
  awaitDatagrams();
}

void DatagramPort::awaitDatagrams() {
  if (!socket_ || paused_ || awaiting_) return;
  socket_->async_wait(AsioDatagramSocket::wait_read, Readable(shared_from_this()));
  awaiting_ = true;  // not before: there may be no memory for it
}

void DatagramPort::readable() {
  for (int i = 0; i < kDatagramsATurn; ++i) {
    if (!socket_ || paused_) return;
    if (!receiveOne()) return awaitDatagrams();
  }
  if (!socket_ || paused_ || awaiting_) return;
  asio::post(loop_->context(), Readable(shared_from_this()));
  awaiting_ = true;
}

/// False when there was nothing.
bool DatagramPort::receiveOne() {
  char* const buffer = ownBuffer_ ? ownBuffer_.get() : loop_->readBuffer().data();
  SocketAddress from;
  const ssize_t result = ::recvfrom(socket_->native_handle(), buffer, maxPacketSize_, MSG_TRUNC,
                                    from.data(), from.sizeForCall());
  if (result < 0) return receiveFailed(errno);
  const auto size = static_cast<std::size_t>(result);
  // What others sent before the port was connected is still to come out of the system.
  if (family_ != AF_UNIX && peer_.size() != 0 && from != peer_) return true;
  const Address sender = from.size() != 0 ? from.toAddress() : Address(UNIXAddress());
  if (size <= maxPacketSize_) {
    tell("datagramReceived", [&](DatagramProtocol& p) {
      p.datagramReceived({buffer, size}, sender);
    });
  } else {
    tell("datagramTruncated", [&](DatagramProtocol& p) {
      p.datagramTruncated({buffer, maxPacketSize_}, size, sender);
    });
  }
  return true;
}

/// Errors are told once, and are about what was sent: none of them ends the port.
bool DatagramPort::receiveFailed(int error) {
  if (error == EINTR) return true;
  if (error == ECONNREFUSED || error == ECONNRESET) {  // a UNIX peer that has closed: the latter
    tellRefused();
    return true;
  }
  if (error == EAGAIN || error == EWOULDBLOCK) return false;
  loop_->logger().debug("receiving on {}: {}", host_,
                        describe(std::error_code(error, std::system_category())));
  return false;
}

void DatagramPort::tellRefused() {
  if (peer_.size() == 0) return;
  tell("connectionRefused", [](DatagramProtocol& p) { p.connectionRefused(); });
}

}  // namespace plait::detail
