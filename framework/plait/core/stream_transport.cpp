#include <fmt/format.h>

#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/core/factory.hpp>
#include <plait/core/layered_transport.hpp>
#include <plait/core/stream_transport.hpp>
#include <stdexcept>

namespace plait {

namespace {

/// Bytes one connection may send before the others have their turn.
constexpr std::size_t kBytesPerTurn = 1024 * 1024;
/// From this size on a write that finds nothing buffered is offered to the system first: a copy of
/// it would cost more than a system call does (test/bench: `netstrings64k`, `bulk`).
constexpr std::size_t kLargeWrite = 32 * 1024;

}  // namespace

template <class F>
void StreamTransport::guarded(const char* what, F&& call) {
  StallDetector::Watch watch(group_.stalls, time_);
  try {
    call();
  } catch (...) {
    failConnection(Failure(), what);
  }
  if (watch.stalled()) {
    Logger(log_, connectionName()).warn("{} held the reactor up for {}", what, watch.taken());
  }
}

void StreamTransport::failConnection(Failure failure, const char* what) {
  Logger(log_, connectionName()).failure(failure, "{} threw, the connection is closed", what);
  if (!connected_) return;
  if (!reason_) reason_ = std::move(failure);
  dropProducer();  // a close must not wait for one whose protocol is broken
  beginClose(std::nullopt);
  askForTurn();  // it may be closing already, and have waited for that producer
}

std::string StreamTransport::connectionName() const {
  std::string prefix = "connection";
  try {
    if (protocol_) prefix = protocol_->logPrefix();
  } catch (...) {  // it is the user's, and a name is not worth a connection
  }
  return fmt::format("{} {}", prefix, getPeer());
}

// --- What the medium tells -------------------------------------------------------------

void StreamTransport::start(std::shared_ptr<Protocol> protocol) {
  connected_ = true;
  setProtocol(std::move(protocol));
  guarded("connectionMade", [this] { protocol_->makeConnection(shared_from_this()); });
  if (wantsRead()) readingChanged();
}

void StreamTransport::startTakingOver(std::shared_ptr<Protocol> protocol,
                                      RegisteredProducer producer, bool paused) {
  connected_ = true;
  setProtocol(std::move(protocol));
  push_ = producer.push;
  pushTransport_ = dynamic_cast<const Transport*>(push_);
  pull_ = producer.pull;
  producerPaused_ = producer.paused;
  paused_ = paused;
  if (hasProducer()) askForTurn();  // it may be waiting for its next turn
}

void StreamTransport::setProtocol(std::shared_ptr<Protocol> protocol) {
  protocol_ = std::move(protocol);
  if (protocol_->hasFactory()) factory_ = protocol_->factory().shared_from_this();
  protocolChanged();
}

void StreamTransport::received(BytesView data) {
  if (discarding_) return;
  receivedBytes_ += data.size();
  if (holdsBytes_) {
    takeOver_->unread += data;
    return;
  }
  giveToProtocol(data);
}

void StreamTransport::giveToProtocol(BytesView data) {
  guarded("dataReceived", [&] { protocol_->dataReceived(data); });
}

void StreamTransport::receivedEOF() {
  if (discarding_) {
    eof_ = true;
    return stopReading();
  }
  if (holdsBytes_) {
    holdsEOF_ = true;
    return;
  }
  eof_ = true;
  stopReading();
  auto* half = protocol_->as<HalfCloseableProtocol>();
  if (half) {
    guarded("readConnectionLost", [half] { half->readConnectionLost(); });
    if (!writeClosed_ || holdsInput()) return;
  }
  dropProducer();  // what is buffered is still sent, but nobody waits for more
  beginClose(std::nullopt);
}

void StreamTransport::writable() {
  blocked_ = false;
  if (connected_ && !turnAsked_) turn();  // one that was asked for is about to come
}

void StreamTransport::failed(Failure reason) {
  if (connected_) finish(CloseKind::reset, reason_ ? *reason_ : std::move(reason));
}

void StreamTransport::turn() {
  settle();
  turnAsked_ = false;
  if (layerWaits_ || tookOver_ || holdsInput()) giveTurnToOthers();
  if (!connected_) return;
  if (aborting_) return finish(CloseKind::reset, *reason_);
  flush();
}

/// A layer, and a protocol that has taken over.
void StreamTransport::giveTurnToOthers() {
  if (layerWaits_) {
    layerWaits_ = false;
    turnAsked_ = true;  // what the layer writes leaves in this turn
    layer_->haveTurn();
    turnAsked_ = false;
    if (layerWaits_) askForTurn();
  }
  if (tookOver_) endTakeOver();
  if (connected_ && !aborting_ && holdsInput()) deliverHeld();
}

// --- Sending ---------------------------------------------------------------------------

inline bool StreamTransport::admitWrite() {
  checkThread();
  settle();
  // Nearly always: an open connection whose buffer is below its limit (no limit wraps to a huge
  // one).
  const bool open = connected_ && !aborting_ && !writeClosed_ && !closing_ && !losingWrite_;
  return (open && out_.size() <= options_.writeBufferLimit - 1) || admitUnusualWrite();
}

bool StreamTransport::admitUnusualWrite() {
  if (!admitsWrites()) return false;
  if (options_.writeBufferLimit != 0 && out_.size() > options_.writeBufferLimit) {
    abortConnection(Failure(WriteBufferFull(out_.size(), options_.writeBufferLimit)));
    return false;
  }
  return true;
}

void StreamTransport::doWrite(BytesView data) {
  if (data.empty() || !admitWrite()) return;
  if (data.size() >= kLargeWrite) data.remove_prefix(writeThrough({&data, 1}));
  if (aborting_) return;
  out_.append(data);
  wrote();
}

void StreamTransport::doWrite(Bytes&& data) {
  if (data.empty() || !admitWrite()) return;
  out_.append(std::move(data));
  wrote();
}

void StreamTransport::doWrite(SharedBytes data) {
  if (!data || data->empty() || !admitWrite()) return;
  out_.append(std::move(data));
  wrote();
}

void StreamTransport::doWriteSequence(std::span<const BytesView> pieces) {
  std::size_t total = 0;
  for (BytesView piece : pieces) total += piece.size();
  if (total == 0 || !admitWrite()) return;
  if (total < kLargeWrite) {
    out_.append(pieces, total);
  } else {
    const std::size_t sent = writeThrough(pieces);
    if (aborting_) return;
    appendRest(pieces, sent);
  }
  wrote();
}

/// Buffers what is behind the first `sent` bytes.
void StreamTransport::appendRest(std::span<const BytesView> pieces, std::size_t sent) {
  for (BytesView piece : pieces) {
    const std::size_t part = std::min(sent, piece.size());
    out_.append(piece.substr(part));
    sent -= part;
  }
}

/// Sends what the system takes of a large write; returns how much.
std::size_t StreamTransport::writeThrough(std::span<const BytesView> pieces) {
  if (!out_.empty() || blocked_) return 0;
  const SendResult result = sendAtOnce(pieces);
  sentBytes_ += result.sent;
  blocked_ = result.wouldBlock;
  if (blocked_) ++timesBlocked_;
  if (result.error) abortConnection(reason_ ? *reason_ : Failure(ConnectionLost(result.error)));
  return result.sent;
}

void StreamTransport::wrote() {
  if (blocked_) {
    group_.budget.waits(*this);
    if (aborting_) return;
  } else {
    askForTurn();
  }
  if (push_ && out_.size() > options_.highWaterMark) return pauseProducer();
  openPutArea();
}

/// After a write that was admitted and left nothing to be done: the next is like it, as long as the
/// buffer's size reaches none of its marks.
void StreamTransport::openPutArea() {
  if (closing_ || losingWrite_) return;  // what is admitted now is a producer's
  std::size_t size = out_.roomSize();
  if (push_) size = std::min(size, options_.highWaterMark - out_.size());
  if (const std::size_t limit = options_.writeBufferLimit; limit != 0) {
    size = std::min(size, limit - std::min(limit, out_.size()));
  }
  putArea().open(out_.room(), size);
}

void StreamTransport::askForTurn() {
  if (turnAsked_) return;
  requestTurn();
  turnAsked_ = true;  // not before: there may be no memory for it
}

void StreamTransport::flush() {
  settle();  // anew: a layer, or what was held for the protocol, may have written in this turn
  std::size_t sent = 0;
  while (!blocked_ && !out_.empty() && sent < kBytesPerTurn) {
    const SendResult result = send(out_);
    settle();
    out_.consume(result.sent);
    sent += result.sent;
    blocked_ = result.wouldBlock;
    if (result.error) return failed(Failure(ConnectionLost(result.error)));
  }
  sentBytes_ += sent;
  if (blocked_ || !out_.empty()) ++timesBlocked_;
  if (aborting_) return;  // what was sent further down has exceeded the budget
  if (out_.empty()) {
    leaveBudget();
  } else if (blocked_) {
    group_.budget.waits(*this);
    if (aborting_) return;
  } else {
    askForTurn();
  }
  // Before the producer, which may write on for ever, or abort.
  if (drainWaiters_ && bufferedBytes() == 0) tellDrained(nullptr);
  if (hasProducer() && !aborting_) resumeProducer();
  if (closing_ || losingWrite_) closeWhatIsDone();
}

void StreamTransport::whenDrained(UniqueFunction<void(const Failure* lost)> call) {
  checkThread();
  if (connected_ && !aborting_ && bufferedBytes() == 0) return call(nullptr);
  if (!connected_) {
    const Failure lost = reason_ ? *reason_ : connectionDone();
    return call(&lost);
  }
  if (!drainWaiters_) drainWaiters_ = std::make_unique<DrainWaiters>();
  drainWaiters_->push_back(std::move(call));
}

void StreamTransport::tellDrained(const Failure* lost) {
  const auto waiters = std::move(drainWaiters_);
  for (auto& waiter : *waiters) guarded("drained", [&] { waiter(lost); });
}

// --- Producers -------------------------------------------------------------------------

bool StreamTransport::admitProducer() const {
  checkThread();
  if (hasProducer()) {
    throw std::logic_error("a producer is registered already and was never unregistered");
  }
  return connected_ && !aborting_;
}

void StreamTransport::doRegisterProducer(PushProducer& producer) {
  if (!admitProducer()) return producer.stopProducing();
  settle();
  if (&producer == this && (closing_ || eof_)) return;  // it will produce nothing any more
  push_ = &producer;
  pushTransport_ = &producer == this ? nullptr : dynamic_cast<const Transport*>(&producer);
  producerPaused_ = false;
}

void StreamTransport::doRegisterProducer(PullProducer& producer) {
  if (!admitProducer()) return producer.stopProducing();
  pull_ = &producer;
  try {
    producer.resumeProducing();
  } catch (...) {
    pull_ = nullptr;
    throw;
  }
}

void StreamTransport::unregisterProducer() {
  checkThread();
  if (isOwnProducer()) throttle(false);
  push_ = nullptr;
  pushTransport_ = nullptr;
  pull_ = nullptr;
  if (connected_ && (closing_ || losingWrite_)) askForTurn();
}

void StreamTransport::pauseProducer() {
  if (!push_ || producerPaused_) return;
  producerPaused_ = true;
  if (!blocked_) askForTurn();  // to be resumed, even if nothing is buffered
  if (isOwnProducer()) return throttle(true);
  guarded("pauseProducing", [this] { push_->pauseProducing(); });
}

void StreamTransport::resumeProducer() {
  settle();
  if (push_ && producerPaused_ && out_.size() <= options_.lowWaterMark) {
    producerPaused_ = false;
    if (isOwnProducer()) return throttle(false);
    guarded("resumeProducing", [this] { push_->resumeProducing(); });
  } else if (pull_ && out_.empty()) {
    guarded("resumeProducing", [this] { pull_->resumeProducing(); });
  }
}

void StreamTransport::dropProducer() {
  pushTransport_ = nullptr;
  auto* push = std::exchange(push_, nullptr);
  auto* pull = std::exchange(pull_, nullptr);
  if (push && push != this) guarded("stopProducing", [push] { push->stopProducing(); });
  if (pull) guarded("stopProducing", [pull] { pull->stopProducing(); });
}

// --- Reading ---------------------------------------------------------------------------

void StreamTransport::pauseProducing() {
  checkThread();
  if (paused_ || !connected_) return;
  const bool wanted = wantsRead();
  paused_ = true;
  if (wanted) readingChanged();
}

void StreamTransport::resumeProducing() {
  checkThread();
  if (!paused_) return;
  paused_ = false;
  if (holdsInput()) askForTurn();
  if (wantsRead()) readingChanged();
}

/// Flow control of a transport that is its own producer: apart from the user's pausing, which it
/// must not undo.
void StreamTransport::throttle(bool on) {
  if (throttled_ == on) return;
  const bool wanted = wantsRead();
  throttled_ = on;
  if (holdsInput()) askForTurn();
  if (wantsRead() != wanted) readingChanged();
}

void StreamTransport::holdReading(bool on) {
  if (held_ == on) return;
  const bool wanted = wantsRead();
  held_ = on;
  if (!connected_) return;
  if (holdsInput()) askForTurn();
  if (wantsRead() != wanted) readingChanged();
}

void StreamTransport::stopReading() {
  if (isOwnProducer()) push_ = nullptr;  // it produces nothing from now on
  discarding_ = false;
  readingChanged();
}

// --- Closing ---------------------------------------------------------------------------

void StreamTransport::loseConnection() {
  beginClose(std::nullopt);
}

void StreamTransport::loseConnection(Failure reason) {
  beginClose(std::move(reason));
}

void StreamTransport::beginClose(std::optional<Failure> reason) {
  checkThread();
  if (!connected_ || closing_ || aborting_) return;
  settle();
  closing_ = true;
  if (!reason_) reason_ = std::move(reason);
  stopReading();
  askForTurn();
}

void StreamTransport::loseWriteConnection() {
  checkThread();
  if (!connected_ || closing_ || aborting_ || losingWrite_) return;
  settle();
  losingWrite_ = true;
  askForTurn();
}

void StreamTransport::abortConnection() {
  abortConnection(Failure(ConnectionAborted()));
}

void StreamTransport::abortConnection(Failure reason) {
  checkThread();
  if (!connected_ || aborting_) return;
  settle();
  aborting_ = true;
  reason_ = std::move(reason);
  out_.clear();
  leaveBudget();
  stopReading();
  askForTurn();
}

/// Called in a turn, after what could be sent was sent.
void StreamTransport::closeWhatIsDone() {
  if (!connected_ || aborting_) return;
  if (out_.empty() && !awaitsProducer()) {
    if (auto wrong = endSending()) {
      if (!reason_) reason_ = std::move(wrong);
      beginClose(std::nullopt);
    }
  }
  if (bufferedBytes() != 0) discardInput();
  if (bufferedBytes() != 0 || awaitsProducer()) return watchProgress();
  if (closing_) return finish(CloseKind::orderly, reason_ ? *reason_ : connectionDone());
  if (writeClosed_) return;

  closeWriteSide();
  writeClosed_ = true;
  if (auto* half = protocol_->as<HalfCloseableProtocol>()) {
    guarded("writeConnectionLost", [half] { half->writeConnectionLost(); });
  }
  if (eof_) beginClose(std::nullopt);  // both halves are closed
}

void StreamTransport::discardInput() {
  if (!closing_ || discarding_ || eof_) return;
  discarding_ = true;
  readingChanged();
}

void StreamTransport::watchProgress() {
  if (!closing_ || options_.closeTimeout <= Duration::zero() || progressTimer_.active()) return;
  sentAtLastCheck_ = sentBytes_ - bufferedBelow();
  progressTimer_ = time_.callLater(options_.closeTimeout, [this] { checkProgress(); });
}

void StreamTransport::checkProgress() {
  if (sentBytes_ - bufferedBelow() != sentAtLastCheck_ || holdsBack() || layerAboveHoldsBack()) {
    return watchProgress();
  }
  // Why it was closed, if something had gone wrong, is worth more than how the closing went.
  abortConnection(reason_ ? *reason_ : Failure(CloseTimeout(options_.closeTimeout)));
}

bool StreamTransport::layerAboveHoldsBack() const {
  const auto* wire = dynamic_cast<const LayerWire*>(pull_);
  const StreamTransport* above = wire ? wire->transportAbove() : nullptr;
  return above && (above->holdsBack() || above->layerAboveHoldsBack());
}

void StreamTransport::finish(CloseKind kind, Failure reason) {
  const auto keep = shared_from_this();
  settle();
  connected_ = false;
  layerWaits_ = holdsBytes_ = holdsEOF_ = discarding_ = false;
  reason_ = reason;
  progressTimer_.cancelIfActive();
  out_.clear();
  leaveBudget();  // before the producer: what that writes elsewhere must not find this one there
  dropProducer();
  guarded("the transport", [&] { close(kind); });  // without memory, say: the loss must be told
  if (drainWaiters_) tellDrained(&reason);
  guarded("connectionLost", [&] { protocol_->connectionLost(reason); });
  lost(reason);
  protocol_.reset();
  factory_.reset();
  if (tookOver_) endTakeOver();
}

}  // namespace plait
