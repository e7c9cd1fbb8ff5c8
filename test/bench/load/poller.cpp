#include "load/poller.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::chrono::seconds kPatience(5);  // without a single reply from the server

}  // namespace

Poller::Poller(double timeout)
    : timeout_(timeout),
      deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(timeout))),
      lastProgress_(Clock::now()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::runtime_error("cannot make an epoll descriptor");
}

Poller::~Poller() {
  close(epoll_);
}

int Poller::wait(epoll_event* events, int size) {
  const int ready = epoll_wait(epoll_, events, size, 100);
  const auto now = Clock::now();
  if (now > deadline_) throw std::runtime_error(fmt::format("not done after {} s", timeout_));
  if (ready == 0 && now > lastProgress_ + kPatience) {
    throw std::runtime_error(fmt::format("no reply for {} s", kPatience.count()));
  }
  return ready;
}

void Poller::control(int operation, Connection& connection, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_, operation, connection.fd(), &event) != 0) {
    throw std::runtime_error(fmt::format("epoll_ctl: {}", std::strerror(errno)));
  }
}

}  // namespace bench
