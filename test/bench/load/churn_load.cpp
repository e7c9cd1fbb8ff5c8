#include "load/churn_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr int kMomentsToClose = 150;  // of waitUntilAsleep()

// What a server may open at its first connections and keep: a timer, a spare descriptor, a pool.
constexpr std::size_t kKeptDescriptors = 8;

}  // namespace

ChurnLoad::ChurnLoad(const Options& options, const ServerProcess* server)
    : options_(options),
      server_(server),
      descriptorsAtRest_(server == nullptr ? 0 : server->descriptors()),
      poller_(options.timeout),
      messages_(options.mode, options.size),
      scratch_(options.size + 1) {}

PhaseResult ChurnLoad::run(std::uint64_t requests, double seconds) {
  phase_ = Phase(requests, seconds, 1);
  poller_.progressed();
  for (std::size_t i = 0; i < options_.connections; ++i) {
    if (phase_.mayBegin(Phase::Clock::now())) begin();
  }
  while (!busy_.empty()) {
    poller_.poll([this](Connection& connection, std::uint32_t) { handle(connection); });
  }
  return phase_.result();
}

void ChurnLoad::settle() {
  waitUntilAsleep();
  if (server_ == nullptr) return;
  for (int i = 0; server_->descriptors() > descriptorsAtRest_ + kKeptDescriptors; ++i) {
    if (i == kMomentsToClose) {
      throw std::runtime_error(fmt::format("the server keeps {} descriptors of lost connections",
                                           server_->descriptors() - descriptorsAtRest_));
    }
    waitUntilAsleep();
  }
}

void ChurnLoad::begin() {
  phase_.begun();
  auto connection = std::make_unique<Connection>(options_, serial_++);
  messages_.append(connection->batch());
  poller_.add(*connection);
  if (!connection->begin()) throw std::runtime_error("a fresh connection takes no bytes");
  busy_.push_back(std::move(connection));
}

void ChurnLoad::handle(Connection& connection) {
  if (!connection.receive(scratch_)) return;
  const auto now = Phase::Clock::now();
  poller_.progressed(now);
  phase_.done(connection.begun(), now);
  const auto it = std::find_if(busy_.begin(), busy_.end(),
                               [&](const auto& each) { return each.get() == &connection; });
  std::swap(*it, busy_.back());
  busy_.pop_back();  // closes it
  if (phase_.mayBegin(now)) begin();
}

}  // namespace bench
