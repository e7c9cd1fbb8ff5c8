#include <algorithm>
#include <plait/policies/detail/throttled_connection.hpp>

namespace plait::detail {

namespace {

/// Nothing goes down while more than this waits in the transport below; and so much at once.
constexpr std::size_t kMostAhead = 64 * 1024;
/// Its limit, which is not reached.
constexpr std::size_t kLimitBelow = 64 * 1024 * 1024;

/// The throttle of one connection; null when nothing is limited.
std::shared_ptr<Throttle> throttleFor(ReactorTime& time, const std::optional<BandwidthLimit>& own,
                                      const std::shared_ptr<Throttle>& shared) {
  return own ? std::make_shared<Throttle>(time, *own, shared) : shared;
}

}  // namespace

ThrottledConnection::ThrottledConnection(Transport& lower, std::shared_ptr<LayerWire> wire,
                                         const ThrottlingOptions& options)
    : LayeredTransport(lower, std::move(wire), kLimitBelow),
      read_(throttleFor(lower.clock(), options.readLimit, options.sharedRead)),
      write_(throttleFor(lower.clock(), options.writeLimit, options.sharedWrite)) {}

// --- Reading ---------------------------------------------------------------------------

void ThrottledConnection::feed(BytesView data) {
  if (!takesInput()) return;
  if (!holdsInput()) data.remove_prefix(deliver(data));
  if (data.empty() || !takesInput()) return;
  held_ += data;
  lower().pauseProducing();
}

/// As much as may be read now; returns how much that was.
std::size_t ThrottledConnection::deliver(BytesView data) {
  std::size_t at = 0;
  while (at < data.size() && wantsRead()) {
    const std::size_t left = data.size() - at;
    const std::size_t count = read_ ? read_->take(left, readTurn_) : left;
    if (count == 0) break;
    received(data.substr(at, count));
    at += count;
  }
  return at;
}

void ThrottledConnection::deliverHeld() {
  Bytes data = std::exchange(held_, {});  // whatever its receiver does
  std::size_t at = std::exchange(heldAt_, 0);
  at += deliver(BytesView(data).substr(at));
  if (!takesInput()) return;
  if (at < data.size()) {
    held_ = std::move(data);
    heldAt_ = at;
    return;
  }
  if (!wantsRead()) return;
  if (std::exchange(holdsEnd_, false)) return receivedEOF();
  lower().resumeProducing();
}

void ThrottledConnection::endOfFile() {
  if (!takesInput()) return;
  holdsEnd_ = holdsInput() || !wantsRead();
  if (!holdsEnd_) receivedEOF();
}

void ThrottledConnection::mayRead() {
  if (wantsRead()) deliverHeld();
}

void ThrottledConnection::haveTurn() {
  if (wantsRead() && holdsInput()) deliverHeld();
  turn();
}

void ThrottledConnection::readingChanged() {
  if (!wantsRead()) return lower().pauseProducing();
  if (holdsInput()) return requestTurn();
  lower().resumeProducing();
}

// --- Sending ---------------------------------------------------------------------------

StreamTransport::SendResult ThrottledConnection::send(const OutputBuffer& out) {
  SendResult result;
  const std::size_t most = std::min(kMostAhead, transportOptions().highWaterMark);
  const BytesView piece = out.firstPiece().substr(0, kMostAhead);
  if (lower().bufferedBytes() <= most) {
    result.sent = write_ ? write_->take(piece.size(), writeTurn_) : piece.size();
  }
  result.wouldBlock = result.sent == 0;
  lower().write(piece.substr(0, result.sent));
  return result;
}

// --- Closing ---------------------------------------------------------------------------

/// All has gone down; a wire that is a producer would hold the end up.
void ThrottledConnection::closeWriteSide() {
  lower().unregisterProducer();
  lower().loseWriteConnection();
}

void ThrottledConnection::lost(const Failure& reason) {
  readTurn_.leave();
  writeTurn_.leave();
  held_ = {};
  LayeredTransport::lost(reason);
}

// --- The wire --------------------------------------------------------------------------

std::string ThrottledWire::logPrefix() const {
  const Protocol* protocol = protocolAbove();
  return protocol ? protocol->logPrefix() : "throttled";
}

std::shared_ptr<LayeredTransport> ThrottledWire::makeLayer(Transport& lower) {
  return std::make_shared<ThrottledConnection>(
      lower, std::static_pointer_cast<LayerWire>(shared_from_this()), options_);
}

}  // namespace plait::detail
