#include <netinet/tcp.h>
#include <poll.h>

#include <boost/asio/write.hpp>
#include <plait/core/errors.hpp>
#include <plait/net/detail/lingering_close.hpp>
#include <plait/net/detail/socket_connection.hpp>

namespace plait::detail {

namespace {

/// Pieces offered to the system at once.
constexpr std::size_t kMostPieces = 64;

/// Reads without reading ahead, after it has failed more often than not.
constexpr std::uint8_t kReadAheadPause = 64;
constexpr std::int8_t kMostReadAheadScore = 8;

bool isWouldBlock(ErrorCode error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::no_buffer_space;
}

/// True when a read would end at once, with bytes, the end of file or an error.
bool isReadable(int socket) {
  pollfd asked{socket, POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0;
}

}  // namespace

class SocketConnection::ReadDone {
 public:
  using allocator_type = HandlerAllocator<char, kOperationSize>;

  explicit ReadDone(SocketConnection& connection) : connection_(connection) {}
  allocator_type get_allocator() const noexcept { return allocator_type(connection_->readMemory_); }

  void operator()(ErrorCode error, std::size_t size) { connection_->readDone(error, size); }

 private:
  Use<SocketConnection> connection_;
};

SocketConnection::SocketConnection(Loop& loop, StreamSocket socket, const Address& peer,
                                   const Address& host, const TransportOptions& options)
    : Connection(loop, options), socket_(std::move(socket)), peer_(peer), host_(host) {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
}

// --- Reading ---------------------------------------------------------------------------

void SocketConnection::readingChanged() {
  if (!disconnecting() && (held_ || !reading_)) loop()->requestRead(*this);
}

bool SocketConnection::beginRead() {
  readAnswered();
  if (!loop() || reading_) return false;
  if (!wantsRead()) {
    watchForReset();
    return false;
  }
  // While somebody waits for an error, Asio does not try a read before it waits.
  if (std::exchange(watching_, false)) socket_.cancel();
  return true;
}

void SocketConnection::startRead(bool busy) {
  if (!beginRead()) return;
  if (std::exchange(held_, false)) return deliverSmall(heldError_, heldSize_);
  if (busy && readAhead()) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(small_), ReadDone(*this));
}

/// Reads what has come already, if any has.
bool SocketConnection::readAhead() {
  if (readAheadPause_ > 0) {
    --readAheadPause_;
    return false;
  }
  ErrorCode error;
  auto& shared = loop()->readBuffer();
  const std::size_t size = socket_.read_some(asio::buffer(shared), error);
  if (isWouldBlock(error)) {
    if (--readAheadScore_ < 0) {
      readAheadScore_ = 0;
      readAheadPause_ = kReadAheadPause;
    }
    return false;
  }
  if (readAheadScore_ < kMostReadAheadScore) ++readAheadScore_;
  deliver(error, {shared.data(), size});
  return true;
}

void SocketConnection::awaitInput() {
  reading_ = true;
  socket_.async_wait(StreamSocket::wait_read, [self = Use(*this)](ErrorCode) {
    self->reading_ = false;
    if (self->loop()) self->loop()->requestRead(*self);  // where an error shows itself
  });
}

void SocketConnection::readDone(ErrorCode error, std::size_t size) {
  reading_ = false;
  if (!loop()) return;
  Loop::Callback callback(*loop());
  if (wantsRead()) return deliverSmall(error, size);
  if (error && error != asio::error::eof) return failed(Failure(ConnectionLost(error)));
  held_ = true;
  heldError_ = error;
  heldSize_ = size;
  loop()->requestRead(*this);
}

/// Delivers what an operation has read into `small_`, and what has come behind it.
void SocketConnection::deliverSmall(ErrorCode error, std::size_t size) {
  if (size < kSmallRead) return deliver(error, {small_, size});
  auto& shared = loop()->readBuffer();
  std::copy(small_, small_ + size, shared.begin());
  size += socket_.read_some(asio::buffer(shared) + size, error);
  if (isWouldBlock(error)) error.clear();
  deliver(error, {shared.data(), size});
}

void SocketConnection::deliver(ErrorCode error, BytesView data) {
  if (!data.empty()) received(data);
  if (error == asio::error::eof && wantsRead()) return receivedEOF();
  // The system tells a reset only once, so it must not wait for the next read.
  if (error && error != asio::error::eof) return failed(Failure(ConnectionLost(error)));
  if (!disconnecting()) loop()->requestRead(*this);
}

/// A paused connection reads nothing, and would not notice that its peer has gone.
void SocketConnection::watchForReset() {
  if (disconnecting() || watching_) return;
  watching_ = true;
  socket_.async_wait(StreamSocket::wait_error, [self = Use(*this)](ErrorCode error) {
    if (!error) self->resetSeen();
  });
}

void SocketConnection::resetSeen() {
  watching_ = false;
  if (!loop()) return;
  Loop::Callback callback(*loop());
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) failed(Failure(ConnectionLost(std::error_code(error, std::system_category()))));
}

// --- Sending ---------------------------------------------------------------------------

StreamTransport::SendResult SocketConnection::send(const OutputBuffer& out) {
  ErrorCode error;
  std::size_t offered = 0;
  std::size_t sent = 0;
  const BytesView first = out.firstPiece();
  if (first.size() == out.size()) {
    offered = first.size();
    sent = socket_.write_some(asio::buffer(first.data(), offered), error);
  } else {
    sent = sendPieces(out, offered, error);
  }
  if (!error && sent == offered) return {.sent = sent, .wouldBlock = false, .error = {}};
  return sendDone(error, sent, offered);
}

StreamTransport::SendResult SocketConnection::sendDone(ErrorCode error, std::size_t sent,
                                                       std::size_t offered) {
  SendResult result;
  result.sent = sent;
  // A reset is told once, as what it is. If a read is under way, it is about to tell; a send that
  // came later would only know of a broken pipe. But where the peer has only shut down its reading
  // half (UNIX sockets tell that), no read ever will.
  const bool readWillTell =
      error == asio::error::broken_pipe && reading_ && isReadable(descriptor());
  if (error && !isWouldBlock(error) && !readWillTell) {
    result.error = error;
  } else if (result.sent < offered) {
    result.wouldBlock = true;
    socket_.async_wait(StreamSocket::wait_write, [self = Use(*this)](ErrorCode) {
      if (!self->loop()) return;
      Loop::Callback callback(*self->loop());
      self->writable();  // an error, or a cancel, shows itself in the next send
    });
  }
  return result;
}

/// Many pieces in one system call; `offered` is their size.
std::size_t SocketConnection::sendPieces(const OutputBuffer& out, std::size_t& offered,
                                         ErrorCode& error) {
  std::array<BytesView, kMostPieces> pieces;
  std::array<asio::const_buffer, kMostPieces> buffers;
  const std::size_t count = out.gather(pieces);
  for (std::size_t i = 0; i < count; ++i) {
    buffers[i] = asio::buffer(pieces[i].data(), pieces[i].size());
    offered += pieces[i].size();
  }
  return socket_.write_some(std::span(buffers.data(), count), error);
}

// --- Closing ---------------------------------------------------------------------------

void SocketConnection::closeWriteSide() {
  ErrorCode ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
}

void SocketConnection::close(CloseKind kind) {
  mediumHost();  // while the socket can still tell
  ErrorCode ignored;
  if (kind == CloseKind::orderly && !eofReceived()) {
    socket_.cancel(ignored);
    LingeringClose::start(*loop(), std::move(socket_));
    return;
  }
  if (kind == CloseKind::reset) socket_.set_option(StreamSocket::linger(true, 0), ignored);
  socket_.close(ignored);
}

// --- Addresses and options -------------------------------------------------------------

Address SocketConnection::mediumHost() const {
  if (host_ == Address() && socket_.is_open()) {
    ErrorCode error;
    const auto local = socket_.local_endpoint(error);
    if (!error) host_ = toAddress(local);
  }
  return host_;
}

template <class Option>
void SocketConnection::setOption(const Option& option) {
  ErrorCode ignored;  // the options are advice: a connection that is ending may refuse them
  if (socket_.is_open()) socket_.set_option(option, ignored);
}

void SocketConnection::setTcpNoDelay(bool on) {
  setOption(asio::ip::tcp::no_delay(on));
}

bool SocketConnection::getTcpNoDelay() const {
  asio::ip::tcp::no_delay option;
  ErrorCode error;
  if (socket_.is_open()) socket_.get_option(option, error);
  return option.value();
}

void SocketConnection::setTcpKeepAlive(bool on, KeepAlive probes) {
  using asio::detail::socket_option::integer;
  setOption(asio::socket_base::keep_alive(on));
  if (!on) return;
#ifdef TCP_KEEPIDLE
  setOption(integer<IPPROTO_TCP, TCP_KEEPIDLE>(static_cast<int>(probes.idle.count())));
#endif
  setOption(integer<IPPROTO_TCP, TCP_KEEPINTVL>(static_cast<int>(probes.interval.count())));
  setOption(integer<IPPROTO_TCP, TCP_KEEPCNT>(probes.probes));
}

bool SocketConnection::getTcpKeepAlive() const {
  asio::socket_base::keep_alive option;
  ErrorCode error;
  if (socket_.is_open()) socket_.get_option(option, error);
  return option.value();
}

}  // namespace plait::detail
