#ifdef __linux__
#include <linux/sockios.h>
#include <sys/ioctl.h>
#endif

#include <plait/net/detail/lingering_close.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostDrained = 1024 * 1024;
constexpr Duration kLongest = 5s;
constexpr Duration kPoll = 20ms;

}  // namespace

void LingeringClose::start(Loop& loop, StreamSocket socket) {
  auto self = std::make_shared<LingeringClose>(loop, std::move(socket));
  ErrorCode error;
  self->socket_.shutdown(StreamSocket::shutdown_send, error);
  loop.members.push_back(*self);
  self->deadline_ = loop.callLater(kLongest, [self] { self->end(); });
  if (loop.stopping) self->onlyAcknowledgement_ = true;
  self->drain();
}

void LingeringClose::shutDown() {
  onlyAcknowledgement_ = true;
  drain();
}

/// Reads what is there; ends, or waits for what comes next.
void LingeringClose::drain() {
  ErrorCode error;
  while (drained_ <= kMostDrained) {
    drained_ += socket_.read_some(asio::buffer(loop_.readBuffer()), error);
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error) return end();  // end of file, mostly: the peer has closed too
  }
  if (drained_ > kMostDrained) onlyAcknowledgement_ = true;
  if (onlyAcknowledgement_) {
    awaitAcknowledgement();
  } else {
    awaitInput();
  }
}

void LingeringClose::awaitInput() {
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (!error && !self->onlyAcknowledgement_) self->drain();
  });
}

/// No event tells that the peer has acknowledged, so it is asked for.
void LingeringClose::awaitAcknowledgement() {
  if (allAcknowledged()) return end();
  if (std::exchange(polling_, true)) return;
  loop_.callLater(kPoll, [self = shared_from_this()] {
    self->polling_ = false;
    if (self->socket_.is_open()) self->drain();
  });
}

bool LingeringClose::allAcknowledged() {
  // What was sent over a UNIX socket is in the peer's queue, where closing leaves it; the system
  // tells what the peer has not read yet. A peer that still sends is let read first, unless there
  // is haste.
  if (loop_.stopping && isUnix()) return true;
#ifdef SIOCOUTQ
  int unsent = 0;
  return ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) != 0 || unsent == 0;
#else
  return false;  // cannot tell: wait for the peer to close, or the deadline
#endif
}

bool LingeringClose::isUnix() const {
  ErrorCode error;
  return socket_.local_endpoint(error).protocol().family() == AF_UNIX;
}

void LingeringClose::end() {
  const auto keep = shared_from_this();
  deadline_.cancelIfActive();
  ErrorCode ignored;
  socket_.close(ignored);
  unlink();
  if (!loop_.closed()) loop_.descriptorFreed();
}

}  // namespace plait::detail
