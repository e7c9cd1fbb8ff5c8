#include "run.hpp"

#include <algorithm>

#include "connection_watch.hpp"

namespace plait::sim {

namespace {

/// More than these say nothing new.
constexpr std::size_t kMostFailures = 20;
/// The end of a run: what is left then has time to end, timeouts included.
constexpr Duration kTimeToEnd = 24h;

}  // namespace

Run::Run(std::uint64_t seed) : network(seed, log_), random(~seed) {
  log_.addObserver([this](const LogEvent& event) { logged(event); });
}

Run::~Run() = default;

void Run::fail(std::string what) {
  if (failures_.size() < kMostFailures) {
    const std::chrono::duration<double> time = network.now().time_since_epoch();
    failures_.push_back(fmt::format("at {:.6f} s: {}", time.count(), what));
  }
}

void Run::logged(const LogEvent& event) {
  if (!event.failure) return;
  const std::string text = event.failure->getErrorMessage();
  const auto allowed = [&](const std::string& part) { return text.find(part) != text.npos; };
  if (std::any_of(allowedErrors_.begin(), allowedErrors_.end(), allowed)) return;
  fail(fmt::format("logged by {}: {}: {}", event.source, event.message, text));
}

ConnectionWatch& Run::watch(std::string name) {
  return *watches_.emplace_back(std::make_unique<ConnectionWatch>(*this, std::move(name)));
}

bool Run::runUntil(UniqueFunction<bool()> condition, const char* what, Duration patience) {
  return expect(network.runUntil(std::move(condition), patience), "{}: it does not come to that",
                what);
}

void Run::finish() {
  expect(network.runUntilIdle(kTimeToEnd), "the network does not come to rest");
  for (const auto& watch : watches_) watch->finish();
  if (const std::string left = network.leftovers(); !left.empty()) fail("left over:\n" + left);
  expect(network.bytesUnderWay() == 0, "{} bytes are left over", network.bytesUnderWay());
}

}  // namespace plait::sim
