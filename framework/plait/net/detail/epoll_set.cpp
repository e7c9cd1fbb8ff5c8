#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <plait/net/detail/epoll_set.hpp>
#include <system_error>

namespace plait::detail {

namespace {

constexpr int kBatch = 256;

}  // namespace

EpollSet::EpollSet() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!set_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

int EpollSet::control(int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{entries_[index(fd)].use} << 32 | static_cast<std::uint32_t>(fd);
  return ::epoll_ctl(set_.get(), operation, fd, &event);
}

void EpollSet::add(int fd, Watched& watched, std::uint32_t events) {
  if (index(fd) >= entries_.size()) entries_.resize(index(fd) + index(fd) / 2 + 1);
  Entry& entry = entries_[index(fd)];
  ++entry.use;
  // The same file may be here under this number already, from a use of it that is over: somebody
  // holds a copy of the descriptor that was closed.
  const bool added = control(EPOLL_CTL_ADD, fd, events) == 0 ||
                     (errno == EEXIST && control(EPOLL_CTL_MOD, fd, events) == 0);
  if (!added) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
  entry.watched = &watched;
  entry.events = events;
  ++size_;
}

void EpollSet::modify(int fd, std::uint32_t events) {
  entries_[index(fd)].events = events;
  control(EPOLL_CTL_MOD, fd, events);
}

void EpollSet::renew() {
  UniqueDescriptor fresh(::epoll_create1(EPOLL_CLOEXEC));
  if (!fresh) throw std::system_error(errno, std::system_category(), "epoll_create1");
  set_ = std::move(fresh);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].watched) control(EPOLL_CTL_ADD, static_cast<int>(i), entries_[i].events);
  }
}

void EpollSet::forget(int fd) {
  entries_[index(fd)].watched = nullptr;
  --size_;
}

void EpollSet::remove(int fd) {
  control(EPOLL_CTL_DEL, fd, 0);
  forget(fd);
}

int EpollSet::dispatch() {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(set_.get(), events.data(), kBatch, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const Entry& entry = entries_[static_cast<std::uint32_t>(event.data.u64)];
    if (entry.watched && entry.use == event.data.u64 >> 32) entry.watched->ready(event.events);
  }
  return std::max(count, 0);
}

}  // namespace plait::detail
