#include <fmt/format.h>

#include <plait/testing/detail/simulation.hpp>
#include <stdexcept>

namespace plait::testing::detail {

namespace {

/// So many calls at one moment are two that call each other for ever.
constexpr std::uint64_t kMostAtOnce = 20'000'000;

constexpr const char* kNames[] = {
    "timer",         "call",  "lookup",  "attempt",     "refused", "connected", "accepted",
    "segment",       "room",  "window",  "end of file", "reset",   "gave up",   "datagram",
    "datagram lost", "crash", "restart", "partition",   "repair",  "hold",      "release",
};
static_assert(std::size(kNames) == static_cast<std::size_t>(Happening::release) + 1);

}  // namespace

bool Simulation::step(TimePoint limit) {
  while (const auto next = queue_.next()) {
    if (*next > limit) return false;
    auto call = queue_.take(*next);
    if (!call) continue;  // the first had been moved to later
    callsAtOnce_ = *next > now_ ? 0 : callsAtOnce_ + 1;
    if (callsAtOnce_ > kMostAtOnce) {
      throw std::runtime_error("the simulation goes on and on, and no time passes");
    }
    advance(*next);
    struct Busy {
      explicit Busy(bool& busy) : busy(busy) { busy = true; }
      ~Busy() { busy = false; }
      bool& busy;
    } const whileCalling(busy_);
    call();
    return true;
  }
  return false;
}

void Simulation::nameHost(std::uint32_t host, const std::string& name) {
  if (hostNames_.size() <= host) hostNames_.resize(host + 1);
  hostNames_[host] = name;
}

void Simulation::say(Happening what, std::uint32_t host, std::uint64_t id, std::uint64_t size) {
  constexpr Duration::rep kSecond = 1'000'000'000;
  const auto time = now_.time_since_epoch().count();
  line_(fmt::format("{}.{:09} {} #{} {} {}", time / kSecond, time % kSecond, hostNames_[host], id,
                    kNames[static_cast<std::size_t>(what)], size));
}

}  // namespace plait::testing::detail
