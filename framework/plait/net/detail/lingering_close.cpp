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
constexpr Duration kHurryPoll = 20ms;

}  // namespace

void LingeringClose::start(Loop& loop, TcpSocket socket) {
  auto self = std::make_shared<LingeringClose>(loop, std::move(socket));
  ErrorCode error;
  self->socket_.shutdown(TcpSocket::shutdown_send, error);
  loop.members.push_back(*self);
  self->deadline_ = loop.callLater(kLongest, [self] { self->end(); });
  if (loop.stopping) self->hurrying_ = true;
  self->drain();
}

void LingeringClose::shutDown() {
  hurrying_ = true;
  drain();
}

/// Reads what is there; ends, or waits for more.
void LingeringClose::drain() {
  ErrorCode error;
  while (socket_.is_open()) {
    const std::size_t size = socket_.read_some(asio::buffer(loop_.readBuffer()), error);
    drained_ += size;
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error || drained_ > kMostDrained) return end();  // the peer has closed, or has had enough
  }
  if (!socket_.is_open()) return;
  if (hurrying_ && allAcknowledged()) return end();
  wait();
}

void LingeringClose::wait() {
  if (hurrying_) {
    loop_.callLater(kHurryPoll, [self = shared_from_this()] { self->drain(); });
    return;
  }
  socket_.async_wait(TcpSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (!error && !self->hurrying_) self->drain();
  });
}

bool LingeringClose::allAcknowledged() {
#ifdef SIOCOUTQ
  int unsent = 0;
  return ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) != 0 || unsent == 0;
#else
  return false;  // cannot tell: wait for the peer to close, or the deadline
#endif
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
