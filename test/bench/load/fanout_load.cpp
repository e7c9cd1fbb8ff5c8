#include "load/fanout_load.hpp"

#include <stdexcept>
#include <string>

namespace bench {
namespace {

constexpr std::size_t kScratch = 64 * 1024;

}  // namespace

FanoutLoad::FanoutLoad(const Options& options)
    : options_(options),
      poller_(options.timeout),
      messages_(options.mode, options.size),
      scratch_(kScratch) {
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(options, i));
    poller_.add(*connections_.back());
    // It is its turn; the server has let it join when it has its own line back.
    publish();
  }
}

PhaseResult FanoutLoad::run(std::uint64_t requests, double seconds) {
  Phase phase(requests, seconds, options_.pipeline);
  while (phase.mayBegin(Phase::Clock::now())) {
    const auto begun = Phase::Clock::now();
    phase.begun();
    publish();
    phase.done(begun, Phase::Clock::now());
  }
  return phase.result();
}

void FanoutLoad::settle() {
  waitUntilAsleep();
  for (const auto& connection : connections_) connection->receive(scratch_);
}

void FanoutLoad::publish() {
  publisher_ = (publisher_ + 1) % connections_.size();
  std::string lines;
  for (std::size_t i = 0; i < options_.pipeline; ++i) messages_.append(lines);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    connections_[i]->batch() = lines;
    if (i != publisher_) connections_[i]->expect();
  }
  if (!connections_[publisher_]->begin()) throw std::runtime_error("a publisher takes no bytes");

  poller_.progressed();
  for (std::size_t missing = connections_.size(); missing != 0;) {
    poller_.poll([&](Connection& connection, std::uint32_t) {
      if (connection.receive(scratch_)) --missing;
    });
  }
}

}  // namespace bench
