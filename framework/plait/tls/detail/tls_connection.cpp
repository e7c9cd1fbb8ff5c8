#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <plait/core/errors.hpp>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/scratch.hpp>
#include <plait/tls/detail/tls_connection.hpp>
#include <plait/tls/detail/tls_failure.hpp>

namespace plait::detail {

namespace {

/// The most that one record carries (RFC 8446, 5.1).
constexpr std::size_t kRecord = 16 * 1024;
/// Encrypted at once: whole records, if there is more behind them.
constexpr std::size_t kMostAtOnce = 4 * kRecord;
/// Nothing is encrypted while more than this waits in the transport below.
constexpr std::size_t kMostAhead = 64 * 1024;
/// Its limit: far above that. Only a peer gets there that makes OpenSSL answer and reads nothing.
constexpr std::size_t kLimitBelow = 1024 * 1024;

/// The first byte of any record a peer may begin with: a handshake's, or an alert's.
bool beginsTLS(char first) {
  return first == SSL3_RT_HANDSHAKE || first == SSL3_RT_ALERT;
}

/// What is encrypted next: a large piece as it lies; small ones joined in `scratch`, so that they
/// share a record.
BytesView nextPart(const OutputBuffer& out, Scratch& scratch) {
  const BytesView first = out.firstPiece();
  if (first.size() == out.size()) return first.substr(0, kMostAtOnce);
  if (first.size() >= kRecord) {
    return first.substr(0, std::min(first.size(), kMostAtOnce) / kRecord * kRecord);
  }
  std::array<BytesView, 64> pieces;
  const std::size_t count = out.gather(pieces);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count && size < kRecord; ++i) {
    size += pieces[i].copy(scratch.data() + size, kRecord - size);
  }
  return {scratch.data(), size};
}

}  // namespace

TLSConnection::TLSConnection(Transport& lower, std::shared_ptr<TLSWire> wire,
                             std::shared_ptr<TLSContext> context, SslHandle session)
    : TLSTransport(lower, std::move(wire), kLimitBelow),
      context_(std::move(context)),
      ssl_(std::move(session)),
      bio_{{}, lower} {
  bio_.attachTo(ssl_.get());
}

void TLSConnection::begin(std::shared_ptr<Protocol> protocol) {
  start(std::move(protocol));
  startHandshake();
}

void TLSConnection::takeOver(std::shared_ptr<Protocol> protocol, RegisteredProducer producer,
                             bool paused) {
  startTakingOver(std::move(protocol), producer, paused);
  startHandshake();
}

// --- The handshake ---------------------------------------------------------------------

void TLSConnection::startHandshake() {
  if (context_->handshakeTimeout() > Duration::zero()) {
    deadline_ = clock().callLater(context_->handshakeTimeout(), [this] { handshakeTookTooLong(); });
  }
  requestTurn();
}

void TLSConnection::handshakeTookTooLong() {
  const auto limit = std::chrono::duration<double>(context_->handshakeTimeout()).count();
  abortConnection(Failure(
      TLSError(fmt::format("the TLS handshake with {} took longer than {} s", getPeer(), limit))));
}

/// Goes on with the handshake. Returns whether it is done.
bool TLSConnection::shake() {
  if (handshaken_) return true;
  if (!firstByteSeen_ && !bio_.input.empty()) {
    firstByteSeen_ = true;
    if (!beginsTLS(bio_.input.front())) {
      fail(Failure(TLSError(
          fmt::format("{} sent plain text where a TLS handshake was expected", getPeer()))));
      return false;
    }
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    if (!wantsMore(result)) fail(tlsFailure(ssl_.get()));
    return false;
  }
  handshakeDone();
  return true;
}

void TLSConnection::handshakeDone() {
  handshaken_ = true;
  deadline_.cancelIfActive();
  if (auto* listener = protocol()->as<HandshakeListener>()) {
    try {
      listener->handshakeCompleted();
    } catch (...) {
      failConnection(Failure(), "handshakeCompleted");
    }
  }
  if (endsAfterHandshake_) endSending();
  if (!wantsRead()) readingChanged();  // the handshake was read whether it was wanted or not
  writable();
}

// --- Reading ---------------------------------------------------------------------------

void TLSConnection::feed(BytesView records) {
  if (handshaken_ && discardsInput()) return;  // and nothing is decrypted any more
  if (holdsInput()) {
    held_ += records;
  } else {
    work(records);
  }
}

void TLSConnection::work(BytesView records) {
  bio_.input = records;
  if (connected() && shake()) deliverRecords();
  const BytesView rest = std::exchange(bio_.input, {});
  if (connected() && !disconnecting() && !peerEnded_) held_ = rest;
}

void TLSConnection::deliverRecords() {
  Scratch scratch;
  while (wantsRead()) {
    const std::size_t size = decrypt(scratch.data(), Scratch::kSize);
    if (size > 0) received({scratch.data(), size});
    if (failure_ && connected()) {
      holdsEnd_ = !wantsRead();
      if (!holdsEnd_) fail(*failure_);
      return;
    }
    if (peerEnded_) {
      holdsEnd_ = !wantsRead();
      if (!holdsEnd_) receivedEOF();
      return;
    }
    if (bio_.input.empty()) return;
  }
}

/// As many records as there are and have room. What stops it is noted, to be told behind them.
std::size_t TLSConnection::decrypt(char* to, std::size_t room) {
  std::size_t size = 0;
  while (room - size >= kRecord) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), to + size, static_cast<int>(room - size));
    if (result > 0) {
      size += static_cast<std::size_t>(result);
      if (bio_.input.empty()) break;  // OpenSSL reads no further than the record it was asked for
      continue;
    }
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) {
      peerEnded_ = true;
    } else if (!wantsMore(result) && !failure_) {
      failure_ = tlsFailure(ssl_.get());
    }
    break;
  }
  return size;
}

bool TLSConnection::wantsMore(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

void TLSConnection::readingChanged() {
  if (!handshaken_) return;
  if (!wantsRead()) return lower().pauseProducing();
  if (discardsInput()) held_ = {};
  if (holdsInput()) return requestTurn();
  lower().resumeProducing();
}

void TLSConnection::endOfFile() {
  if (!connected() || peerEnded_) return;
  if (!handshaken_) {
    return fail(Failure(
        TLSError(fmt::format("{} closed the connection during the TLS handshake", getPeer()))));
  }
  if (!disconnecting()) truncated();
}

/// As after an end of file, what is buffered is still sent, and nobody waits for more.
void TLSConnection::truncated() {
  const RegisteredProducer producer = releaseProducer();
  try {
    // A connection that is joined with this one is not closed as if it had been told all: who
    // joined them learns the reason in connectionLost.
    if (dynamic_cast<Transport*>(producer.push)) {
      if (producer.paused && producer.push != this) producer.push->resumeProducing();
    } else if (producer.push) {
      producer.push->stopProducing();
    }
    if (producer.pull) producer.pull->stopProducing();
  } catch (...) {
    failConnection(Failure(), "stopProducing");
  }
  loseConnection(Failure(TLSTruncated()));
}

// --- Sending ---------------------------------------------------------------------------

StreamTransport::SendResult TLSConnection::send(const OutputBuffer& out) {
  SendResult result;
  const std::size_t most = std::min(kMostAhead, transportOptions().highWaterMark);
  result.wouldBlock = !handshaken_ || lower().bufferedBytes() > most;
  if (result.wouldBlock) return result;
  Scratch scratch;
  const BytesView part = nextPart(out, scratch);
  ERR_clear_error();
  if (SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())) <= 0) {
    result.wouldBlock = true;
    if (failure_) return result;  // it is known, and told behind what was read before
    failure_ = tlsFailure(ssl_.get());
    holdsEnd_ = false;
    requestTurn();
    return result;
  }
  result.sent = part.size();
  return result;
}

void TLSConnection::haveTurn() {
  if (failure_ && connected() && (wantsRead() || !holdsEnd_)) return fail(*failure_);
  if (wantsRead() && holdsInput()) {
    holdsEnd_ = false;
    work(std::exchange(held_, {}));
    if (wantsRead()) readingChanged();
  }
  turn();
  if (connected() && !handshaken_) shake();
}

void TLSConnection::lowerDrained() {
  // It reads no more: there will be no TLS.
  if (connected() && lower().disconnecting() && !handshaken_) return lower().unregisterProducer();
  LayeredTransport::lowerDrained();
}

// --- Closing ---------------------------------------------------------------------------

std::optional<Failure> TLSConnection::endSending() {
  endsAfterHandshake_ = !handshaken_;
  if (handshaken_ && !(SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN)) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  return std::nullopt;
}

void TLSConnection::fail(Failure reason) {
  failed_ = true;
  failed(std::move(reason));
}

void TLSConnection::close(CloseKind kind) {
  LayeredTransport::close(failed_ ? CloseKind::orderly : kind);  // so that the alert arrives
}

void TLSConnection::lost(const Failure& reason) {
  deadline_.cancelIfActive();
  held_ = {};
  LayeredTransport::lost(reason);
}

}  // namespace plait::detail
