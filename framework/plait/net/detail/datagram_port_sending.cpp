#include <netinet/in.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/datagram_port.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

/// Until a receiver is tried again whose own queue is full: that it has room is told to nobody.
constexpr Duration kRetry = 10ms;
constexpr Duration kBetweenComplaints = 1s;

/// Sent in a turn of those that have waited; then others have theirs.
constexpr int kDatagramsATurn = 64;

/// What fits in a UDP datagram over IPv4 (RFC 768, 791), and over IPv6 (RFC 8200).
constexpr std::size_t kMostIPv4 = 65'507;
constexpr std::size_t kMostIPv6 = 65'527;

bool isBlocked(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

bool isRefusal(int error) {
  return error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == ENOENT;
}

const char* familyName(int family) {
  return family == AF_INET ? "IPv4" : family == AF_INET6 ? "IPv6" : "UNIX";
}

MessageLengthError tooLong(BytesView datagram) {
  return MessageLengthError(
      fmt::format("a datagram of {} bytes is more than the system sends", datagram.size()));
}

}  // namespace

SocketAddress DatagramPort::checked(const Address& to) const {
  const SocketAddress system(to);
  if (system.family() == family_) return system;
  throw InvalidAddressError(to, fmt::format("the port's family is {}, the address's {}",
                                            familyName(family_), familyName(system.family())));
}

void DatagramPort::checkSize(BytesView datagram) const {
  if (family_ == AF_UNIX) return;  // the system's buffer decides
  if (datagram.size() > (family_ == AF_INET ? kMostIPv4 : kMostIPv6)) throw tooLong(datagram);
}

void DatagramPort::write(BytesView datagram, const Address& to) {
  assertThread();
  if (!socket_) return;
  SocketAddress system = checked(to);
  if (peer_.size() != 0) {
    if (system != peer_) throw InvalidAddressError(to, "the port is connected to another address");
    system = {};
  }
  sendOrQueue(datagram, system);
}

void DatagramPort::write(BytesView datagram) {
  assertThread();
  if (!socket_) return;
  if (peer_.size() == 0) throw std::logic_error("the port is not connected: write to whom?");
  sendOrQueue(datagram, {});
}

void DatagramPort::sendOrQueue(BytesView datagram, const SocketAddress& to) {
  checkSize(datagram);
  if (!queue_.empty()) return enqueue(datagram, to);
  const int error = send(datagram, to);
  if (error == 0) return;
  if (isBlocked(error)) {
    blockedBy_ = error;
    return enqueue(datagram, to);
  }
  if (error == EMSGSIZE) throw tooLong(datagram);
  const Address destination = (to.size() != 0 ? to : peer_).toAddress();
  const std::string why = describe(std::error_code(error, std::system_category()));
  if (error == EINVAL) throw InvalidAddressError(destination, why);
  if (error == EACCES && family_ == AF_INET && !getBroadcastAllowed()) {
    throw InvalidAddressError(destination, why + " (broadcasts need setBroadcastAllowed)");
  }
  // The rest is what the network does to datagrams.
}

/// Sends it, or tells the error. One that is about an earlier datagram does not harm this one.
int DatagramPort::send(BytesView datagram, const SocketAddress& to) {
  int error = sendOnce(datagram, to);
  if (!isRefusal(error) || peer_.size() == 0) return error;
  refusedSoon();
  if (family_ == AF_UNIX && !reconnect()) return error;
  return sendOnce(datagram, to);
}

int DatagramPort::sendOnce(BytesView datagram, const SocketAddress& to) {
  const sockaddr* const address = to.size() == 0 ? nullptr : to.data();
  for (;;) {
    const ssize_t sent = ::sendto(socket_->native_handle(), datagram.data(), datagram.size(),
                                  MSG_NOSIGNAL, address, to.size());
    if (sent >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

/// A UNIX socket that has lost its peer is connected to none; there may be another at that path.
bool DatagramPort::reconnect() {
  return ::connect(socket_->native_handle(), peer_.data(), peer_.size()) == 0;
}

/// Never from inside the protocol's own call.
void DatagramPort::refusedSoon() {
  if (refusalPosted_) return;
  asio::post(loop_->context(), [self = shared_from_this()] {
    self->refusalPosted_ = false;
    if (self->socket_) self->tellRefused();
  });
  refusalPosted_ = true;  // not before: there may be no memory for it
}

// --- The queue -------------------------------------------------------------------------

void DatagramPort::enqueue(BytesView datagram, const SocketAddress& to) {
  if (queue_.push(datagram, to)) return awaitRoom();
  if (loop_->now() - lastComplaint_ < kBetweenComplaints) return;
  lastComplaint_ = loop_->now();
  loop_->logger().warn("the send queue of {} is full, {} datagrams have been dropped so far", host_,
                       queue_.dropped());
}

void DatagramPort::awaitRoom() {
  if (queue_.empty() || awaitingRoom_) return;
  // Of room in another's queue, or in a network device's, nobody tells.
  if (waitsForEachDestination() || blockedBy_ == ENOBUFS || blockedBy_ == 0) {
    retry_ = loop_->callLater(blockedBy_ == 0 ? Duration::zero() : kRetry,
                              [self = shared_from_this()] { self->flush(); });
  } else {
    socket_->async_wait(AsioDatagramSocket::wait_write,
                        [self = shared_from_this()](ErrorCode) { self->flush(); });
  }
  awaitingRoom_ = true;  // not before: there may be no memory for it
}

/// Each receiver of a UNIX socket has a queue of its own, which may be full.
bool DatagramPort::waitsForEachDestination() const {
  return family_ == AF_UNIX && peer_.size() == 0;
}

void DatagramPort::flush() {
  awaitingRoom_ = false;
  if (!socket_) return;
  int sent = 0;
  queue_.drain(
      [&](BytesView datagram, const SocketAddress& to) {
        if (sent == kDatagramsATurn) return Outcome::blocked;
        const int error = send(datagram, to);
        if (isBlocked(error)) {
          blockedBy_ = error;
          return Outcome::blocked;
        }
        ++sent;
        return Outcome::done;
      },
      waitsForEachDestination());
  if (sent == kDatagramsATurn) blockedBy_ = 0;
  awaitRoom();
}

}  // namespace plait::detail
