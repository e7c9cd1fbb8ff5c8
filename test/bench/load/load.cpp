#include "load/load.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

namespace bench {
namespace {

constexpr std::chrono::seconds kPatience(5);  // without a single reply from the server
constexpr std::chrono::milliseconds kSettling(20);
constexpr std::size_t kScratch = 256 * 1024;

Connection::Clock::duration clockSeconds(double seconds) {
  return std::chrono::duration_cast<Connection::Clock::duration>(
      std::chrono::duration<double>(seconds));
}

}  // namespace

Load::Load(const Options& options)
    : options_(options),
      deadline_(Clock::now() + clockSeconds(options.timeout)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      messages_(options.mode, options.size),
      scratch_(kScratch) {
  if (epoll_ < 0) throw std::runtime_error("cannot make an epoll descriptor");
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(options));
    watch(EPOLL_CTL_ADD, *connections_.back(), EPOLLIN);
    checkTime(lastReply_ = Clock::now());
  }
}

Load::~Load() {
  close(epoll_);
}

PhaseResult Load::run(std::uint64_t requests, double seconds) {
  const auto started = Clock::now();
  const bool counted = requests != 0;
  result_ = {};
  batchesLeft_ = counted ? (requests + options_.pipeline - 1) / options_.pipeline
                         : std::numeric_limits<std::uint64_t>::max();
  beginUntil_ = counted ? Clock::time_point::max() : started + clockSeconds(seconds);
  lastReply_ = started;
  if (counted) result_.latencies.reserve(batchesLeft_);

  for (const auto& connection : connections_) {
    if (mayBegin(started)) begin(*connection);
  }
  std::array<epoll_event, 256> events;
  while (busy_ != 0) {
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
    checkTime(Clock::now());
    for (int i = 0; i < ready; ++i) {
      handle(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
    }
  }
  result_.wall = Clock::now() - started;
  return std::move(result_);
}

void Load::settle() {
  std::this_thread::sleep_for(kSettling);
  for (const auto& connection : connections_) connection->receive(scratch_);
}

bool Load::mayBegin(Clock::time_point now) const {
  return batchesLeft_ != 0 && now < beginUntil_;
}

void Load::begin(Connection& connection) {
  connection.batch().clear();
  for (std::size_t i = 0; i < options_.pipeline; ++i) messages_.append(connection.batch());
  --batchesLeft_;
  ++busy_;
  if (!connection.begin()) watch(EPOLL_CTL_MOD, connection, EPOLLIN | EPOLLOUT);
}

void Load::handle(Connection& connection, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && connection.send()) watch(EPOLL_CTL_MOD, connection, EPOLLIN);
  if ((events & ~EPOLLOUT) == 0 || !connection.receive(scratch_)) return;

  lastReply_ = Clock::now();
  result_.latencies.push_back(lastReply_ - connection.begun());
  result_.requests += options_.pipeline;
  --busy_;
  if (mayBegin(lastReply_)) begin(connection);
}

void Load::watch(int operation, Connection& connection, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_, operation, connection.fd(), &event) != 0) {
    throw std::runtime_error(fmt::format("epoll_ctl: {}", std::strerror(errno)));
  }
}

void Load::checkTime(Clock::time_point now) const {
  if (now > deadline_) {
    throw std::runtime_error(fmt::format("not done after {} s", options_.timeout));
  }
  if (now > lastReply_ + kPatience) {
    throw std::runtime_error(
        fmt::format("no reply for {} s, {} connections waiting", kPatience.count(), busy_));
  }
}

}  // namespace bench
