#pragma once

#include <memory>
#include <plait/core/log.hpp>
#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_core.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_threads.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/reactor_udp.hpp>
#include <plait/core/reactor_unix.hpp>
#include <plait/deferred/deferred.hpp>
#include <string>

namespace plait::testing {

/// How a host of a SimulatedNetwork is.
struct SimulatedHostOptions {
  /// Where its events are logged; null = the network's log.
  Log* log = nullptr;
  /// Its reactor runs from the start. If not: call `run` or `startRunning`.
  bool running = true;
  /// How long `stop` lets connections send what they have buffered before it aborts them.
  Duration drainTimeout = std::chrono::seconds(5);
  /// Memory that what waits to be sent on all its connections may take together; 0 = any. See
  /// WriteBudget.
  std::size_t writeBudget = std::size_t{1} << 30;
  /// How long a name lookup takes, and up to how much longer, at random.
  Duration lookupTime = std::chrono::milliseconds(5);
  Duration lookupJitter = Duration::zero();
  /// The chance that a lookup fails for no reason.
  double failingLookups = 0;
  /// Up to how long a call in a thread takes, at random: so they end in any order.
  Duration longestThreadCall = std::chrono::milliseconds(1);
};

/// A host of a SimulatedNetwork, which makes it: a reactor like `plait::Reactor`, without sockets,
/// threads and signals. What it does not have: child processes, descriptors, UNIX datagrams
/// (std::logic_error).
class SimulatedHost final : public ReactorCore,
                            public ReactorTime,
                            public ReactorThreads,
                            public ReactorTCP,
                            public ReactorUNIX,
                            public ReactorUDP,
                            public ReactorNames {
 public:
  ~SimulatedHost() override;

  const std::string& name() const;
  /// 10.0.0.N, and fd00::N; port 0.
  IPv4Address address() const;
  IPv6Address address6() const;
  Log& log() const;
  /// Lookups, threads, draining and the budget, from now on; its log stays.
  void setOptions(const SimulatedHostOptions& options);

  /// Runs the whole network until this host has stopped; not from a callback. When nothing is left
  /// that could happen, it would wait for ever: that is std::runtime_error.
  void run() override;
  /// The first half of `run`: fires "startup" and returns; the network is run by others.
  void startRunning();
  void stop() override;
  bool running() const override;
  TriggerID callWhenRunning(UniqueFunction<void()> call) override;
  void removeSystemEventTrigger(TriggerID id) override;
  void fireSystemEvent(const std::string& event) override;

  TimePoint now() const override;
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call) override;

  /// From the loop, in virtual time. Thread: the simulation's own, here.
  void callFromThread(UniqueFunction<void()> call) override;
  /// There are no threads: it runs from the loop, after a random time. So it must not wait for
  /// anything (`blockingCallFromThread`).
  void callInThread(UniqueFunction<void()> call) override;
  void suggestThreadPoolSize(std::size_t threads) override;

  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options = {}) override;
  std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                        std::shared_ptr<ClientFactory> factory,
                                        ConnectOptions options = {}) override;

  /// Paths are the host's own; there are no files, modes and locks.
  std::shared_ptr<ListeningPort> listenUNIX(std::string path, std::shared_ptr<Factory> factory,
                                            UNIXListenOptions options = {}) override;
  std::shared_ptr<Connector> connectUNIX(std::string path, std::shared_ptr<ClientFactory> factory,
                                         UNIXConnectOptions options = {}) override;
  std::shared_ptr<DatagramTransport> listenUNIXDatagram(std::string path,
                                                        std::shared_ptr<DatagramProtocol> protocol,
                                                        unsigned mode = 0666,
                                                        DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> connectUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol,
      UNIXDatagramConnectOptions options = {}) override;

  /// The multicast groups are the network's: a datagram reaches every host that has joined.
  std::shared_ptr<DatagramTransport> listenUDP(std::uint16_t port,
                                               std::shared_ptr<DatagramProtocol> protocol,
                                               DatagramOptions options = {}) override;

  NameResolver& nameResolver() override;
  std::shared_ptr<NameResolver> installNameResolver(
      std::shared_ptr<NameResolver> resolver) override;

  // --- For the room ------------------------------------------------------------------------------

  class Impl;
  explicit SimulatedHost(std::unique_ptr<Impl> impl);
  Impl& impl() { return *impl_; }

 private:
  TriggerID addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) override;

  std::unique_ptr<Impl> impl_;
};

}  // namespace plait::testing
