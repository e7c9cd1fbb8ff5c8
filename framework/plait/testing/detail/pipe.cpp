#include <algorithm>
#include <cstring>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <plait/testing/detail/wire.hpp>

namespace plait::testing::detail {

// --- The writer ------------------------------------------------------------------------

std::size_t Pipe::room() const {
  const std::size_t held = unsent() + inFlight_;
  const std::size_t buffer = wire_.options().sendBuffer;
  return held < buffer ? buffer - held : 0;
}

std::size_t Pipe::write(std::span<const BytesView> pieces, bool& full) {
  std::size_t offered = 0;
  for (BytesView piece : pieces) offered += piece.size();
  std::size_t taken = std::min(offered, room());
  Simulation& simulation = wire_.simulation();
  const bool partial = taken > 1 && simulation.random.chance(wire_.options().partialWrites);
  if (partial) taken = 1 + simulation.random.below(taken - 1);

  std::size_t left = taken;
  for (BytesView piece : pieces) {
    const BytesView part = piece.substr(0, left);
    data_.append(part);
    left -= part.size();
  }
  full = taken < offered;
  waitsForRoom_ = full;
  transmit();
  // Otherwise the arrival of what is under way makes room.
  if (partial) wantRoom(wire_.simulation().random.upTo(wire_.options().latency));
  watchSilence();
  return taken;
}

void Pipe::end() {
  if (std::exchange(endWanted_, true)) return;
  transmit();
  watchSilence();
}

void Pipe::reset() {
  dropData(arrived_ + inFlight_);
  waitsForRoom_ = false;
  endWanted_ = false;
  send(Segment::Kind::reset, 0);
}

void Pipe::sendAcknowledgement() {
  send(Segment::Kind::acknowledgement, 0);
}

void Pipe::drop() {
  dropped_ = true;
  head_ = arrived_ = inFlight_ = 0;
  data_ = Bytes();
  segments_.clear();
  firstSegment_ = 0;
  waitsForRoom_ = false;
  endWanted_ = false;
  for (DelayedCall* call : {&arrival_, &room_, &window_, &giveUp_}) call->cancelIfActive();
}

void Pipe::dropArrived() {
  head_ += arrived_;
  arrived_ = 0;
}

void Pipe::dropData(std::size_t keep) {
  data_.resize(head_ + keep);
}

// --- Segments --------------------------------------------------------------------------

/// Sends what the receiver has room for.
void Pipe::transmit() {
  const std::size_t buffer = wire_.options().receiveBuffer;
  while (unsent() > 0 && arrived_ + inFlight_ < buffer) {
    const std::size_t size = nextSize(buffer - arrived_ - inFlight_);
    inFlight_ += size;
    send(Segment::Kind::data, size);
  }
  if (endWanted_ && unsent() == 0 && !std::exchange(endSent_, true)) send(Segment::Kind::end, 0);
}

std::size_t Pipe::nextSize(std::size_t window) {
  const LinkOptions& link = wire_.options();
  SimulatedRandom& random = wire_.simulation().random;
  const std::size_t most = std::min({unsent(), window, std::max<std::size_t>(link.segmentSize, 1)});
  return random.chance(link.fragmentation) ? 1 + random.below(most) : most;
}

void Pipe::send(Segment::Kind kind, std::size_t size) {
  const LinkOptions& link = wire_.options();
  Simulation& simulation = wire_.simulation();
  lineFree_ = std::max(lineFree_, simulation.now());
  if (link.bandwidth > 0) {
    lineFree_ += Duration(static_cast<Duration::rep>(size * 1'000'000'000 / link.bandwidth));
  }
  TimePoint when = lineFree_ + wire_.delay();
  if (simulation.random.chance(link.stalls)) when += simulation.random.upTo(link.longestStall);
  lastArrival_ = std::max(lastArrival_, when);
  segments_.push_back({lastArrival_, size, kind});
  if (segments_.size() - firstSegment_ == 1) awaitArrival();
}

void Pipe::awaitArrival() {
  arrival_ = wire_.simulation().at(segments_[firstSegment_].when, [this] { arrive(); });
}

void Pipe::arrive() {
  const Segment segment = segments_[firstSegment_];
  // A reset is not sent again; all else waits until it can go on.
  const bool lost = segment.kind == Segment::Kind::reset && wire_.silent(from_);
  if (blocked() && !lost) return watchSilence();
  removeFirst();
  if (!lost) arrived(segment);
}

void Pipe::removeFirst() {
  ++firstSegment_;
  if (firstSegment_ == segments_.size()) {
    segments_.clear();
    firstSegment_ = 0;
    return;
  }
  awaitArrival();
  if (firstSegment_ < 64) return;
  segments_.erase(segments_.begin(),
                  segments_.begin() + static_cast<std::ptrdiff_t>(firstSegment_));
  firstSegment_ = 0;
}

void Pipe::arrived(const Segment& segment) {
  const int to = 1 - from_;
  WireEnd& receiver = wire_.end(to);
  switch (segment.kind) {
    case Segment::Kind::data:
      return dataArrived(segment.size);
    case Segment::Kind::end:
      endArrived_ = true;
      wire_.trace(Happening::endOfFile, to);
      if (receiver.user_) receiver.user_->readable();
      return;
    case Segment::Kind::reset:
      wire_.trace(Happening::reset, to);
      return wire_.breakEnd(to, std::make_error_code(std::errc::connection_reset));
    case Segment::Kind::acknowledgement:
      if (!receiver.closed_) wire_.accept();
      return;
  }
}

void Pipe::dataArrived(std::size_t size) {
  const LinkOptions& link = wire_.options();
  SimulatedRandom& random = wire_.simulation().random;
  const int to = 1 - from_;
  WireEnd& receiver = wire_.end(to);
  if (receiver.closed_) {
    inFlight_ -= size;  // to be sent again, if the answer is lost
    return wire_.answerReset(from_);
  }
  if (random.chance(link.resets)) return wire_.breakBoth();
  inFlight_ -= size;
  arrived_ += size;
  wire_.trace(Happening::segment, to, size);
  if (waitsForRoom_) wantRoom(wire_.delay());
  const bool together = !segments_.empty() && random.chance(link.coalescing);
  if (receiver.user_ && !together) receiver.user_->readable();
}

// --- What the receiver's system answers ------------------------------------------------

void Pipe::wantRoom(Duration delay) {
  if (room_.active()) return;
  room_ = wire_.simulation().after(delay, [this] { tellRoom(); });
}

/// As Linux does, a writer that waits is told when a third is free.
void Pipe::tellRoom() {
  if (wire_.blocked(1 - from_)) return;  // until it goes on
  if (!waitsForRoom_ || room() == 0 || room() < wire_.options().sendBuffer / 3) return;
  WireEnd& writer = wire_.end(from_);
  if (!writer.user_) return;
  waitsForRoom_ = false;
  wire_.trace(Happening::room, from_, room());
  writer.user_->writable();
}

std::size_t Pipe::read(char* buffer, std::size_t most) {
  const std::size_t size = std::min(most, arrived_);
  if (size == 0) return 0;
  std::memcpy(buffer, data_.data() + head_, size);
  head_ += size;
  arrived_ -= size;
  if (head_ == data_.size()) {
    data_.clear();
    head_ = 0;
  } else if (head_ > 4096 && head_ > data_.size() / 2) {
    data_.erase(0, head_);
    head_ = 0;
  }
  openWindow();
  return size;
}

/// The sender is told of room at the receiver when it is worth a segment (RFC 9293, 3.8.6.2.2).
void Pipe::openWindow() {
  if (unsent() == 0 || window_.active()) return;
  const LinkOptions& link = wire_.options();
  const std::size_t held = arrived_ + inFlight_;
  const std::size_t window = held < link.receiveBuffer ? link.receiveBuffer - held : 0;
  if (window < std::min(link.segmentSize, std::max<std::size_t>(link.receiveBuffer / 2, 1))) return;
  window_ = wire_.simulation().after(wire_.delay(), [this] {
    if (wire_.blocked(1 - from_)) return;  // until it goes on
    wire_.trace(Happening::window, from_);
    transmit();
  });
}

// --- Silence ---------------------------------------------------------------------------

bool Pipe::blocked() const {
  return wire_.blocked(from_);
}

void Pipe::watchSilence() {
  WireEnd& writer = wire_.end(from_);
  if (!wire_.silent(from_) || giveUp_.active() || !writer.user_) return;
  Duration patience = wire_.options().giveUpAfter;
  if (bytes() == arrived_ && segments_.empty()) {  // nothing of ours is unanswered
    if (writer.keepAlive_ <= Duration::zero()) return;
    patience = writer.keepAlive_;
  }
  giveUp_ = wire_.simulation().after(patience, [this] {
    wire_.trace(Happening::gaveUp, from_);
    wire_.breakEnd(from_, std::make_error_code(std::errc::timed_out));
  });
}

void Pipe::goOn(Duration delay) {
  giveUp_.cancelIfActive();
  if (!segments_.empty() && !arrival_.active()) {
    arrival_ = wire_.simulation().after(delay, [this] { arrive(); });
  }
  if (waitsForRoom_) wantRoom(delay);
  if (unsent() > 0 && !window_.active()) {
    window_ = wire_.simulation().after(delay, [this] { transmit(); });
  }
}

}  // namespace plait::testing::detail
