#include "load/request_load.hpp"

namespace bench {
namespace {

constexpr std::size_t kScratch = 256 * 1024;

}  // namespace

RequestLoad::RequestLoad(const Options& options)
    : options_(options),
      poller_(options.timeout),
      messages_(options.mode, options.size),
      scratch_(kScratch) {
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(options, i));
    poller_.add(*connections_.back());
  }
}

PhaseResult RequestLoad::run(std::uint64_t requests, double seconds) {
  phase_ = Phase(requests, seconds, options_.pipeline);
  poller_.progressed();
  for (const auto& connection : connections_) {
    if (phase_.mayBegin(Phase::Clock::now())) begin(*connection);
  }
  while (busy_ != 0) {
    poller_.poll(
        [this](Connection& connection, std::uint32_t events) { handle(connection, events); });
  }
  return phase_.result();
}

void RequestLoad::settle() {
  waitUntilAsleep();
  for (const auto& connection : connections_) connection->receive(scratch_);
}

void RequestLoad::begin(Connection& connection) {
  connection.batch().clear();
  for (std::size_t i = 0; i < options_.pipeline; ++i) messages_.append(connection.batch());
  phase_.begun();
  ++busy_;
  if (!connection.begin()) poller_.watchWritable(connection, true);
}

void RequestLoad::handle(Connection& connection, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && connection.send()) poller_.watchWritable(connection, false);
  if ((events & ~EPOLLOUT) == 0) return;
  const bool complete = connection.receive(scratch_);
  const auto now = Phase::Clock::now();
  poller_.progressed(now);
  if (!complete) return;
  phase_.done(connection.begun(), now);
  --busy_;
  if (phase_.mayBegin(now)) begin(connection);
}

}  // namespace bench
