#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#include <sys/ioctl.h>
#endif

#include <plait/net/detail/lingering_close.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

/// Read in one turn: others want theirs.
constexpr std::size_t kMostAtOnce = sizeof(Loop::ReadBuffer);
constexpr Duration kLongest = 5s;
constexpr Duration kPoll = 20ms;

}  // namespace

void LingeringClose::start(Loop& loop, ConnectionSocket&& socket) {
  auto self = std::make_shared<LingeringClose>(loop, std::move(socket));
  ::shutdown(self->socket_.descriptor(), SHUT_WR);
  loop.members.push_back(*self);
  self->deadline_ = loop.callLater(kLongest, [self] { self->end(); });
  if (loop.stopping) self->onlyAcknowledgement_ = true;
  self->drain();
}

void LingeringClose::shutDown() {
  onlyAcknowledgement_ = true;
  drain();
}

void LingeringClose::socketReady(bool, bool) {
  const auto keep = shared_from_this();
  if (!onlyAcknowledgement_ && socket_.descriptor() >= 0) drain();
}

void LingeringClose::retainSocket() {
  if (uses_++ == 0) self_ = shared_from_this();
}

void LingeringClose::releaseSocket() {
  if (--uses_ == 0) std::exchange(self_, nullptr).reset();  // may destroy *this
}

/// Reads what is there, and waits for what comes next, or ends.
void LingeringClose::drain() {
  const std::size_t before = drained_;
  while (drained_ <= loop_.lingerLimit) {
    if (drained_ - before >= kMostAtOnce) {
      return onlyAcknowledgement_ && allAcknowledged() ? end() : drainOn();
    }
    const SocketInput input = socket_.read(loop_.readBuffer(), true);
    if (input.error == SocketInput::kNothingYet) break;
    drained_ += input.bytes.size();
    if (input.error != 0) return end();  // end of file, mostly: the peer has closed too
  }
  if (drained_ > loop_.lingerLimit) onlyAcknowledgement_ = true;
  if (onlyAcknowledgement_) awaitAcknowledgement();
}

void LingeringClose::drainOn() {
  if (drainsOn_) return;
  loop_.callLater(Duration::zero(), [self = shared_from_this()] {
    self->drainsOn_ = false;
    if (self->socket_.descriptor() >= 0) self->drain();
  });
  drainsOn_ = true;
}

/// No event tells that the peer has acknowledged, so it is asked for.
void LingeringClose::awaitAcknowledgement() {
  if (allAcknowledged()) return end();
  if (polling_) return;
  loop_.callLater(kPoll, [self = shared_from_this()] {
    self->polling_ = false;
    if (self->socket_.descriptor() >= 0) self->drain();
  });
  polling_ = true;
}

bool LingeringClose::allAcknowledged() {
  // What was sent over a UNIX socket is in the peer's queue, where closing leaves it; the system
  // tells what the peer has not read yet. A peer that still sends is let read first, unless there
  // is haste.
  if (loop_.stopping && socket_.isUnix()) return true;
#ifdef SIOCOUTQ
  int unsent = 0;
  return ioctl(socket_.descriptor(), SIOCOUTQ, &unsent) != 0 || unsent == 0;
#else
  return false;  // cannot tell: wait for the peer to close, or the deadline
#endif
}

void LingeringClose::end() {
  if (socket_.descriptor() < 0) return;
  const auto keep = shared_from_this();
  deadline_.cancelIfActive();
  socket_.close();
  unlink();
  if (!loop_.closed()) loop_.descriptorFreed();
}

}  // namespace plait::detail
