#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <plait/net/detail/doorbell.hpp>
#include <system_error>

namespace plait::detail {

Doorbell::Doorbell(Poller& poller, UniqueFunction<void()> answer)
    : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), answer_(std::move(answer)) {
  if (!event_) throw std::system_error(errno, std::system_category(), "eventfd");
  // Edge-triggered: each ring is told, so that the counter need not be read.
  poller.add(event_.get(), *this, EPOLLIN | EPOLLET);
}

void Doorbell::ring() {
  ::eventfd_write(event_.get(), 1);
}

}  // namespace plait::detail
