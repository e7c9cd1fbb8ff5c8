#pragma once

#include <memory>
#include <plait/core/log.hpp>
#include <plait/core/unique_function.hpp>
#include <plait/testing/link_options.hpp>
#include <plait/testing/simulated_host.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace plait::testing {

/// Many hosts, each with a reactor of its own, and the network between them, in one thread and in
/// virtual time: hours of it pass in a second. What runs on it are the real protocols, policies,
/// TLS and endpoints, over the real rules of sending and closing (`StreamTransport`).
///
///     SimulatedNetwork network(seed);
///     SimulatedHost& server = network.addHost("server");
///     SimulatedHost& client = network.addHost("client");
///     network.setLink(client, server, {.latency = 20ms, .fragmentation = 0.5});
///     server.listenTCP(7, Factory::forProtocol<Echo>());
///     client.connectTCP("server", 7, factory);
///     network.runUntil([&] { return answered; });
///     EXPECT_EQ(network.leftovers(), "");
///
/// Nothing happens but in `run...` and `step`. Everything that is left to chance is drawn from one
/// generator, so the same seed and the same calls give the same events: `traceHash` tells whether
/// they did, `traceTo` what they were. Destroying it ends all connections with ConnectionAborted.
///
/// The idea, and the words partition, repair, hold and release: FoundationDB's simulation, turmoil.
class SimulatedNetwork {
 public:
  explicit SimulatedNetwork(std::uint64_t seed, Log& log = standardLog());
  SimulatedNetwork(const SimulatedNetwork&) = delete;
  ~SimulatedNetwork();

  // --- What there is ----------------------------------------------------------------------------

  /// A host, which lives as long as the network. Its name can be looked up; its addresses are
  /// 10.0.0.N and fd00::N, and 127.0.0.1 and ::1 for itself. std::invalid_argument when there is
  /// one of that name.
  SimulatedHost& addHost(std::string name, SimulatedHostOptions options = {});
  const std::vector<std::unique_ptr<SimulatedHost>>& hosts() const;
  /// One more name to be looked up, for these addresses (literals); none: it has none.
  void addName(std::string name, const std::vector<std::string>& literals);

  /// The way between two hosts, for what is sent from now on. A host's way to itself is one as
  /// well: ten microseconds, unless set. std::invalid_argument when a buffer or the segment size is
  /// 0, by which nothing would ever get through.
  void setLink(SimulatedHost& one, SimulatedHost& other, const LinkOptions& options);
  /// All ways that were not set. Throws as `setLink` does.
  void setDefaultLink(const LinkOptions& options);
  const LinkOptions& link(SimulatedHost& one, SimulatedHost& other) const;

  // --- What goes wrong, by call -----------------------------------------------------------------
  // From a callback they take effect when that has returned.

  /// From now on nothing gets through, either way. Datagrams and resets are lost; streams wait, and
  /// their ends give up in time. `repair` mends it: what was sent meanwhile is sent again.
  void partition(SimulatedHost& one, SimulatedHost& other);
  void repair(SimulatedHost& one, SimulatedHost& other);
  /// Everything under way stays there, and what is sent; `release` lets it go on, in its order.
  void hold(SimulatedHost& one, SimulatedHost& other);
  void release(SimulatedHost& one, SimulatedHost& other);
  /// Resets all connections between the two, as a firewall does: both ends are told, now.
  void resetConnections(SimulatedHost& one, SimulatedHost& other);
  /// The host is gone, without a word to anybody: its own protocols and factories are told as when
  /// a reactor is destroyed (ConnectionAborted), its timers are forgotten. To connect from there
  /// does nothing until it is back. Others find out when they send, by timeout, or never.
  void crash(SimulatedHost& host);
  /// It is back, and knows nothing: the reactor runs, and what others send to connections that it
  /// had is answered with a reset.
  void restart(SimulatedHost& host);

  // --- Time -------------------------------------------------------------------------------------

  TimePoint now() const;
  /// Lets the next thing happen; false when there is none. What happens may take time.
  bool step();
  /// Lets this much time pass, and all happen that happens in it.
  void runFor(Duration time);
  /// Runs until `condition()` holds; false when it does not within `patience`, or when nothing is
  /// left that could happen.
  bool runUntil(UniqueFunction<bool()> condition, Duration patience = std::chrono::hours(1));
  /// Runs until nothing is left to happen: false when something is, after `patience`.
  bool runUntilIdle(Duration patience = std::chrono::hours(1));

  // --- What is left -----------------------------------------------------------------------------

  /// Everything that is open or pending on any host, as text: a line each, with the host's name;
  /// empty when there is nothing. To be asked at the end of every test.
  std::string leftovers() const;
  /// Bytes that the simulated systems hold, in all.
  std::size_t bytesUnderWay() const;

  // --- The trace --------------------------------------------------------------------------------

  /// What is left to chance; for the choices of a test as well.
  SimulatedRandom& random();
  /// Of all that has happened: what, when, to whom, how many bytes. Equal for equal runs, whatever
  /// the build.
  std::uint64_t traceHash() const;
  /// How many things have happened: segments and datagrams that came, steps of connecting and
  /// closing, delayed calls, lookups, calls from threads.
  std::uint64_t events() const;
  /// How many stream connections were made.
  std::uint64_t connectionsMade() const;
  /// Gives what happens from now on to `line`, as text: "1.002000000 client #3 segment 1448".
  void traceTo(UniqueFunction<void(std::string_view line)> line);

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace plait::testing
