#include <netinet/in.h>
#include <netinet/tcp.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/descriptor_message.hpp>
#include <plait/net/detail/lingering_close.hpp>
#include <plait/net/detail/socket_calls.hpp>
#include <plait/net/detail/socket_connection.hpp>

namespace plait::detail {

namespace {

/// Pieces offered to the system at once.
constexpr std::size_t kMostPieces = 64;

Failure connectionLost(int error) {
  return Failure(ConnectionLost(std::error_code(error, std::system_category())));
}

}  // namespace

SocketConnection::SocketConnection(Loop& loop, UniqueDescriptor socket, const Address& peer,
                                   const Address& host, const TransportOptions& options)
    : Connection(loop, options),
      socket_(loop, std::move(socket), peer.as<UNIXAddress>() != nullptr, *this),
      peer_(peer),
      host_(host) {}

// --- Reading ---------------------------------------------------------------------------

void SocketConnection::socketReady(bool readable, bool writable) {
  if (!loop()) return;
  Loop::Callback callback(*loop());  // when it ends, so may the connection
  if (!writable) return read(false);
  const Use keep(*this);
  if (readable) read(false);
  if (loop()) StreamTransport::writable();
}

void SocketConnection::socketBroken(int error) {
  if (!loop()) return;
  Loop::Callback callback(*loop());
  failed(connectionLost(error));
}

void SocketConnection::readingChanged() {
  if (!disconnecting() || discardsInput()) loop()->requestRead(*this);
}

void SocketConnection::startRead(bool busy) {
  readAnswered();
  if (loop()) read(busy);
}

void SocketConnection::read(bool busy) {
  if (wantsRead()) {
    readNow(busy);
  } else {
    socket_.awaitReset();
  }
}

void SocketConnection::readNow(bool busy) {
  const SocketInput input = socket_.read(loop()->readBuffer(), busy);
  if (input.error != SocketInput::kNothingYet) deliver(input);
}

void SocketConnection::deliver(const SocketInput& input) {
  if (!input.bytes.empty()) received(input.bytes);
  if (input.error == SocketInput::kEndOfFile) {
    if (wantsRead()) return receivedEOF();
  } else if (input.error != 0) {
    // The system tells a reset only once, so it must not wait for the next read.
    return failed(connectionLost(input.error));
  }
  if (socket_.wantsReading()) readingChanged();
}

// --- Sending ---------------------------------------------------------------------------

StreamTransport::SendResult SocketConnection::send(const OutputBuffer& out) {
  const BytesView first = out.firstPiece();
  if (first.size() != out.size()) return sendPieces(out);
  const ssize_t sent = sendSome(descriptor(), first);
  if (sent == static_cast<ssize_t>(first.size()))
    return {.sent = first.size(), .wouldBlock = false, .error = {}};
  return sent < 0 ? sendDone(errno, 0, first.size())
                  : sendDone(0, static_cast<std::size_t>(sent), first.size());
}

/// Many pieces in one system call.
StreamTransport::SendResult SocketConnection::sendPieces(const OutputBuffer& out) {
  std::array<BytesView, kMostPieces> pieces;
  return sendAtOnce(std::span(pieces).first(out.gather(pieces)));
}

StreamTransport::SendResult SocketConnection::sendAtOnce(std::span<const BytesView> pieces) {
  pieces = pieces.first(std::min(pieces.size(), kMostPieces));
  std::size_t offered = 0;
  for (BytesView piece : pieces) offered += piece.size();
  ErrorCode error;
  const std::size_t sent = sendMessage(descriptor(), pieces, -1, error);
  return sendDone(error.value(), sent, offered);
}

StreamTransport::SendResult SocketConnection::sendDone(int error, std::size_t sent,
                                                       std::size_t offered) {
  SendResult result;
  result.sent = sent;
  // A reset is told once, as what it is. If it is read, that is about to tell; a send that came
  // later would only know of a broken pipe. But where the peer has only shut down its reading half
  // (UNIX sockets tell that), no read ever will.
  const bool readWillTell =
      error == EPIPE && wantsRead() && !discardsInput() && isReadable(descriptor());
  if (error != 0 && !isWouldBlock(error) && !readWillTell) {
    result.error = std::error_code(error, std::system_category());
  } else if (result.sent < offered) {
    result.wouldBlock = true;
    socket_.awaitRoom();
  }
  return result;
}

// --- Closing ---------------------------------------------------------------------------

void SocketConnection::closeWriteSide() {
  ::shutdown(descriptor(), SHUT_WR);
}

void SocketConnection::close(CloseKind kind) {
  mediumHost();  // while the socket can still tell
  if (kind == CloseKind::orderly && !eofReceived()) {
    try {
      return LingeringClose::start(*loop(), std::move(socket_));
    } catch (const std::bad_alloc&) {  // then without lingering: the loss must be told
    }
  }
  if (kind == CloseKind::reset) {
    const linger atOnce{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
  }
  socket_.close();
}

// --- Addresses and options -------------------------------------------------------------

Address SocketConnection::mediumHost() const {
  if (host_ == Address() && descriptor() >= 0) host_ = socketHost(descriptor()).toAddress();
  return host_;
}

/// The options are advice: a connection that is ending may refuse them.
void SocketConnection::setOption(int level, int name, int value) {
  ::setsockopt(descriptor(), level, name, &value, sizeof value);
}

int SocketConnection::getOption(int level, int name) const {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(descriptor(), level, name, &value, &size);
  return value;
}

void SocketConnection::setTcpNoDelay(bool on) {
  setOption(IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
}

bool SocketConnection::getTcpNoDelay() const {
  return getOption(IPPROTO_TCP, TCP_NODELAY) != 0;
}

void SocketConnection::setTcpKeepAlive(bool on, KeepAlive probes) {
  setOption(SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0);
  if (!on) return;
#ifdef TCP_KEEPIDLE
  setOption(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(probes.idle.count()));
#endif
  setOption(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(probes.interval.count()));
  setOption(IPPROTO_TCP, TCP_KEEPCNT, probes.probes);
}

bool SocketConnection::getTcpKeepAlive() const {
  return getOption(SOL_SOCKET, SO_KEEPALIVE) != 0;
}

}  // namespace plait::detail
