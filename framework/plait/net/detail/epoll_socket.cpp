#include <sys/epoll.h>

#include <plait/net/detail/epoll_socket.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/socket_calls.hpp>

namespace plait::detail {

namespace {

constexpr std::uint32_t kInput = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;

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
      stopsShort_(other.stopsShort_),
      broken_(other.broken_) {
  poller_.handOver(socket_.get(), *this);
}

void EpollSocket::close() {
  if (!socket_) return;
  poller_.forget(socket_.get());
  socket_ = {};
}

void EpollSocket::awaitReset() {
  if (!std::exchange(broken_, false)) return;
  if (const int error = takeSocketError(socket_.get())) user_->socketBroken(error);
}

void EpollSocket::awaitRoom() {
  if (std::exchange(awaitsRoom_, true)) return;
  poller_.modify(socket_.get(), kInput | EPOLLOUT);
}

}  // namespace plait::detail
