#include <sys/epoll.h>

#include <plait/net/detail/epoll_socket.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/socket_calls.hpp>

namespace plait::detail {

namespace {

constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

EpollSocket::EpollSocket(Loop& loop, UniqueDescriptor socket, bool isUnix, SocketUser& user)
    : poller_(loop.poller()), user_(&user), socket_(std::move(socket)), isUnix_(isUnix) {
  poller_.add(socket_.get(), *this, kInput);
}

EpollSocket::EpollSocket(EpollSocket&& other, SocketUser& user)
    : poller_(other.poller_),
      user_(&user),
      socket_(std::move(other.socket_)),
      isUnix_(other.isUnix_),
      mayRead_(other.mayRead_),
      ended_(other.ended_),
      broken_(other.broken_) {
  poller_.handOver(socket_.get(), *this);
}

void EpollSocket::close() {
  if (!socket_) return;
  poller_.forget(socket_.get());
  socket_ = {};
}

void EpollSocket::ready(std::uint32_t events) {
  const bool readable = (events & (EPOLLIN | kEnd)) != 0;
  if (readable) {
    mayRead_ = true;
    if ((events & kEnd) != 0) ended_ = true;
    if ((events & EPOLLERR) != 0) broken_ = true;
  }
  // An error, or a hang-up, shows itself in the next send.
  const bool writable = awaitsRoom_ && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if (writable) awaitsRoom_ = false;
  user_->socketReady(readable, writable);
}

std::optional<SocketInput> EpollSocket::read(std::span<char> room, bool) {
  if (!mayRead_) return std::nullopt;
  SocketInput input;
  const std::size_t size = receiveSome(socket_.get(), room, input.error);
  if (isWouldBlock(input.error)) {
    mayRead_ = false;
    return std::nullopt;
  }
  if (size < room.size() && !ended_ && !isUnix_) mayRead_ = false;
  input.bytes = {room.data(), size};
  return input;
}

void EpollSocket::awaitReset() {
  if (!std::exchange(broken_, false)) return;
  if (const ErrorCode error = takeSocketError(socket_.get())) user_->socketBroken(error);
}

void EpollSocket::awaitRoom() {
  if (std::exchange(awaitsRoom_, true)) return;
  poller_.modify(socket_.get(), kInput | EPOLLOUT);
}

}  // namespace plait::detail
