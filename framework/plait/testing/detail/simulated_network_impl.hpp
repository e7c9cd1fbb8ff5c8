#pragma once

#include <map>
#include <plait/testing/detail/wire.hpp>

namespace plait::testing {

/// What the hosts share: time, links, names, and the wires between them.
class SimulatedNetwork::Impl {
 public:
  Impl(std::uint64_t seed, Log& log) : simulation(seed), log(log) {}
  ~Impl();

  using Host = SimulatedHost::Impl;

  detail::Simulation simulation;
  Log& log;
  std::vector<std::unique_ptr<SimulatedHost>> hosts;
  std::map<std::string, std::vector<Address>> names;
  /// Where reads land; valid until the next.
  std::vector<char> readBuffer = std::vector<char>(64 * 1024);

  // --- Links ------------------------------------------------------------------------------------

  detail::SimulatedLink& link(Host& one, Host& other);
  void setDefaultLink(const LinkOptions& options);
  /// The host that has this address, as `from` sees it; null when there is none.
  Host* hostAt(const Address& address, Host& from) const;

  // --- Wires ------------------------------------------------------------------------------------

  detail::Wire& addWire(Host& client, Host& server, Address clientAddress, Address serverAddress);
  /// Nobody uses it any more.
  void discard(const detail::Wire& wire);
  /// Calls `call(wire)` for all there are now, oldest first.
  template <class F>
  void forEachWire(F&& call) {
    for (auto next = wires.begin(); next != wires.end();) call(*(next++)->second);
  }
  std::map<std::uint64_t, std::unique_ptr<detail::Wire>> wires;
  std::uint64_t wiresMade = 0;

  /// The next call, see Simulation; std::logic_error from inside of one.
  bool step(TimePoint limit);
  /// Does it now, or when the callback that runs now has returned.
  void whenIdle(UniqueFunction<void()> call);

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, detail::SimulatedLink> links_;
  LinkOptions defaultLink_;
};

}  // namespace plait::testing
