#pragma once

#include <plait/core/event_triggers.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>
#include <vector>

namespace plait::testing {

class MemoryConnector;
class MemoryPort;

/// A reactor without a network: it records what is listened on and connected to, and a test decides
/// what becomes of it. Time is a Clock's. Twisted: `MemoryReactorClock`.
///
///     MemoryReactor reactor;
///     startServer(reactor);                        // calls listenTCP(8000, ...)
///     startClient(reactor);                        // calls connectTCP("localhost", 8000, ...)
///     auto connection = reactor.accept(*reactor.tcpClients[0], *reactor.tcpServers[0]);
///     connection->flush();
class MemoryReactor : public Clock, public ReactorTCP, public ReactorCore {
 public:
  explicit MemoryReactor(Log& log = standardLog());
  ~MemoryReactor() override;

  // --- What was asked for, oldest first ----------------------------------------------------------

  std::vector<std::shared_ptr<MemoryPort>> tcpServers;
  std::vector<std::shared_ptr<MemoryConnector>> tcpClients;

  // --- What becomes of it --------------------------------------------------------------

  /// Joins an attempt to connect with a listener: both factories build a protocol. Null when one of
  /// them refuses.
  std::unique_ptr<MemoryConnection> accept(MemoryConnector& client, MemoryPort& server,
                                           MemoryConnection::Options options = {});
  /// The next call to `listenTCP` throws CannotListenError with this reason.
  void refuseNextListen(std::error_code why) { refuseListen_ = why; }

  // --- The contracts -------------------------------------------------------------------

  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options = {}) override;
  std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                        std::shared_ptr<ClientFactory> factory,
                                        ConnectOptions options = {}) override;

  /// Fires "startup" and returns; the test is the loop. It runs when what the triggers returned has
  /// fired.
  void run() override;
  /// Fires "shutdown", now; it is over when what its triggers returned has fired.
  void stop() override;
  bool running() const override { return state_ == State::running || state_ == State::stopping; }
  TriggerID callWhenRunning(UniqueFunction<void()> call) override;
  void removeSystemEventTrigger(TriggerID id) override;
  void fireSystemEvent(const std::string& event) override;

  Log& log() { return log_; }

 private:
  enum class State { idle, starting, running, stopping };

  TriggerID addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) override;

  Log& log_;
  EventTriggers triggers_;
  std::error_code refuseListen_;
  std::uint16_t nextFreePort_ = 49152;
  State state_ = State::idle;
};

/// A listener of a MemoryReactor.
class MemoryPort final : public ListeningPort {
 public:
  MemoryPort(Address host, std::shared_ptr<Factory> factory, ListenOptions options);

  Address getHost() const override { return host_; }

  bool listening() const { return listening_; }
  Factory& factory() const { return *factory_; }
  const ListenOptions& options() const { return options_; }

 private:
  void doStopListening(UniqueFunction<void()> stopped) override;

  Address host_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  bool listening_ = true;
};

/// An attempt of a MemoryReactor to connect: waits until the test accepts or fails it.
class MemoryConnector final : public Connector {
 public:
  enum class State { disconnected, connecting, connected };

  MemoryConnector(MemoryReactor& reactor, HostnameAddress destination,
                  std::shared_ptr<ClientFactory> factory, ConnectOptions options);

  void connect() override;
  void stopConnecting() override;
  void disconnect() override;
  Address getDestination() const override { return destination_; }

  /// Ends the attempt: `clientConnectionFailed(reason)`.
  void fail(Failure reason);

  State state() const { return state_; }
  const HostnameAddress& destination() const { return destination_; }
  ClientFactory& factory() const { return *factory_; }
  const ConnectOptions& options() const { return options_; }

 private:
  friend class MemoryReactor;
  void ended(const Failure& reason, void (ClientFactory::*tell)(Connector&, const Failure&));

  MemoryReactor& reactor_;
  HostnameAddress destination_;
  std::shared_ptr<ClientFactory> factory_;
  ConnectOptions options_;
  State state_ = State::disconnected;
  bool factoryStarted_ = false;
  DelayedCall timeout_;
  std::weak_ptr<Transport> transport_;
};

}  // namespace plait::testing
