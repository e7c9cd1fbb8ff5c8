#include <fmt/format.h>

#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/testing/detail/simulated_connection.hpp>
#include <plait/testing/detail/simulated_datagram_port.hpp>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <plait/testing/detail/simulated_port.hpp>
#include <stdexcept>

namespace plait::testing {

using namespace detail;

namespace {

/// How often a stopping reactor looks whether all has ended.
constexpr Duration kPoll = std::chrono::milliseconds(5);

}  // namespace

SimulatedHost::Impl::Impl(SimulatedNetwork::Impl& network, std::uint32_t index, std::string name,
                          const SimulatedHostOptions& options)
    : network(network),
      simulation(network.simulation),
      index(index),
      name(std::move(name)),
      options(options),
      log(options.log ? *options.log : network.log),
      resolver(*this),
      timers_(*this) {
  triggers_.emplace(log);
  setOptions(options);
  simulation.nameHost(index, this->name);
}

void SimulatedHost::Impl::setOptions(const SimulatedHostOptions& changed) {
  options = changed;
  transports.budget.setLimit(options.writeBudget);
}

SimulatedHost::Impl::~Impl() = default;

// --- Callbacks and turns ---------------------------------------------------------------

void SimulatedHost::Impl::postAfter(Duration delay, const char* what, UniqueFunction<void()> call) {
  simulation.after(delay, [this, what, life = life_, call = std::move(call)]() mutable {
    if (life == life_) guarded(what, call);
  });
}

void SimulatedHost::Impl::requestTurn(std::shared_ptr<SimulatedConnection> connection) {
  turns_.push_back(std::move(connection));
  // Outside of callbacks nobody else would come by; while turns are given, others are due first.
  if ((depth_ == 0 || givingTurns_) && !std::exchange(turnsPosted_, true)) {
    simulation.soon([this] {
      turnsPosted_ = false;
      callbacksDone();
    });
  }
}

void SimulatedHost::Impl::giveTurns() {
  givingTurns_ = true;
  const auto turns = std::exchange(turns_, {});
  for (const auto& connection : turns) connection->haveTurn();
  givingTurns_ = false;
}

// --- Time ------------------------------------------------------------------------------

DelayedCall SimulatedHost::Impl::callLater(Duration delay, UniqueFunction<void()> call) {
  if (delay < Duration::zero()) {
    throw std::invalid_argument("callLater: the delay must not be negative");
  }
  return timers_.add(later(now(), delay), std::move(call));
}

void SimulatedHost::Impl::timersChanged() {
  if (!runningTimers_) armTimer();
}

void SimulatedHost::Impl::armTimer() {
  const auto next = timers_.next();
  if (!next) return alarm_.cancelIfActive();
  if (alarm_.active() && alarm_.getTime() == *next) return;
  alarm_.cancelIfActive();
  alarm_ = simulation.at(*next, [this] { runTimers(); });
}

void SimulatedHost::Impl::runTimers() {
  runningTimers_ = true;
  const auto mark = timers_.mark();  // calls added by calls wait for the next round
  while (auto call = timers_.take(now(), mark)) {
    trace(Happening::timer);
    guarded("a delayed call", call);
  }
  runningTimers_ = false;
  armTimer();
}

void SimulatedHost::Impl::callInThread(UniqueFunction<void()> call) {
  ++threadCalls_;
  postAfter(simulation.random.upTo(options.longestThreadCall), "a call in a thread",
            [this, call = std::move(call)]() mutable {
              --threadCalls_;
              trace(Happening::call);
              call();
            });
}

// --- What is open ----------------------------------------------------------------------

void SimulatedHost::Impl::join(HostMember& member) {
  member.memberID_ = nextMember_++;
  members_.emplace(member.memberID_, &member);
}

void SimulatedHost::Impl::leave(HostMember& member) {
  members_.erase(std::exchange(member.memberID_, 0));
}

void SimulatedHost::Impl::leftovers(std::string& text) const {
  const auto add = [&](const std::string& what) { text += fmt::format("{}: {}\n", name, what); };
  for (const auto& [id, member] : members_) add(member->describe());
  for (const std::string& each : resolver.waiting()) add("a lookup of " + each);
  if (timers_.size() > 0) add(fmt::format("{} delayed calls", timers_.size()));
  if (threadCalls_ > 0) add(fmt::format("{} calls in threads", threadCalls_));
  if (state == State::stopping) add("a shutdown under way");
}

Address SimulatedHost::Impl::chooseAddress(std::uint16_t port, const std::string& interface) const {
  if (interface.empty()) return IPv4Address{.port = port};
  if (const auto v4 = IPv4Address::parse(interface, port)) return *v4;
  if (const auto v6 = IPv6Address::parse(interface, port)) return *v6;
  if (interface == "localhost") return *IPv4Address::parse("127.0.0.1", port);
  if (interface == name) {
    IPv4Address own = host->address();
    own.port = port;
    return own;
  }
  throw CannotListenError(fmt::format("{}:{}", interface, port), "Name or service not known");
}

std::uint16_t SimulatedHost::Impl::freePort() {
  const auto used = [](const auto& ports, std::uint16_t port) {
    return std::any_of(ports.begin(), ports.end(),
                       [&](const auto* p) { return p->getHost().port() == port; });
  };
  for (int tries = 0; tries < 65536 - 49152; ++tries) {
    const std::uint16_t port = nextFreePort_++;
    if (nextFreePort_ == 0) nextFreePort_ = 49152;
    if (!used(streamPorts, port) && !used(datagramPorts, port)) return port;
  }
  throw CannotListenError("port 0", std::make_error_code(std::errc::address_in_use));
}

bool SimulatedHost::Impl::owns(const Address& address) const {
  if (const auto* v4 = address.as<IPv4Address>()) {
    return v4->octets[0] == 127 || v4->octets == host->address().octets ||
           v4->octets == IPv4Address().octets;
  }
  const auto* v6 = address.as<IPv6Address>();
  return v6 && (v6->octets == host->address6().octets || v6->octets == IPv6Address().octets ||
                v6->octets == IPv6Address::parse("::1")->octets);
}

StreamPort* SimulatedHost::Impl::portAt(const Address& address) const {
  std::vector<StreamPort*> found;
  for (StreamPort* port : streamPorts) {
    if (port->takes(address)) found.push_back(port);
  }
  if (found.size() < 2) return found.empty() ? nullptr : found.front();
  return found[simulation.random.below(found.size())];  // they share it
}

void SimulatedHost::Impl::shutDownMembers() {
  stopping = true;
  const std::uint64_t last = nextMember_;
  for (auto next = members_.begin(); next != members_.end() && next->first < last;) {
    const std::uint64_t id = next->first;
    next->second->shutDown();
    next = members_.upper_bound(id);
  }
}

void SimulatedHost::Impl::endMembers() {
  while (!members_.empty()) {
    HostMember& member = *members_.begin()->second;
    leave(member);  // one that is ending already, and has called us, does so no sooner
    member.end();
  }
}

// --- Life ------------------------------------------------------------------------------

void SimulatedHost::Impl::startRunning() {
  if (state != State::idle) throw ReactorAlreadyRunning();
  state = State::starting;
  Callback callback(*this);
  triggers_->fireBefore("startup", [this] {
    state = State::running;
    triggers_->fireRest("startup");
  });
}

void SimulatedHost::Impl::stop() {
  if (state != State::running) throw ReactorNotRunning();
  state = State::stopping;
  post("shutdown", [this] {
    triggers_->fireBefore("shutdown", [this] { post("shutdown", [this] { drain(); }); });
  });
}

void SimulatedHost::Impl::drain() {
  shutDownMembers();
  drainDeadline_ = later(now(), options.drainTimeout);
  watchDrain();
}

void SimulatedHost::Impl::watchDrain() {
  if (!members_.empty() && now() >= drainDeadline_) {
    logger().warn("the time for draining is over, {} connections are aborted", members_.size());
    endMembers();
  }
  if (members_.empty() && threadCalls_ == 0) return finishShutdown();
  postAfter(kPoll, "shutdown", [this] { watchDrain(); });
}

void SimulatedHost::Impl::finishShutdown() {
  triggers_->fireRest("shutdown");
  stopping = false;
  state = State::idle;
}

void SimulatedHost::Impl::crash() {
  if (!up) return;
  trace(Happening::crash);
  up = false;
  stopping = true;
  ++life_;
  endMembers();
  resolver.clear();
  timers_.clear();
  alarm_.cancelIfActive();
  turns_.clear();
  threadCalls_ = 0;
  triggers_.emplace(log);
  installedResolver.reset();
  state = State::idle;
  ++life_;
}

void SimulatedHost::Impl::restart() {
  if (up) return;
  trace(Happening::restart);
  up = true;
  stopping = false;
  startRunning();
}

}  // namespace plait::testing
