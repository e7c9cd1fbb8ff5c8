#pragma once

#include <map>
#include <plait/core/event_triggers.hpp>
#include <plait/core/reactor_socket.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_connector.hpp>
#include <plait/testing/memory_port.hpp>
#include <plait/testing/memory_resolver.hpp>
#include <plait/testing/memory_transport.hpp>
#include <vector>

namespace plait::testing {

/// A reactor without a network: it records what is listened on and connected to, and a test decides
/// what becomes of it. Time is a Clock's. Twisted: `MemoryReactorClock`.
///
///     MemoryReactor reactor;
///     startServer(reactor);                        // calls listenTCP(8000, ...)
///     startClient(reactor);                        // calls connectTCP("localhost", 8000, ...)
///     auto connection = reactor.accept(*reactor.tcpClients[0], *reactor.tcpServers[0]);
///     connection->flush();
class MemoryReactor : public Clock,
                      public ReactorTCP,
                      public ReactorUNIX,
                      public ReactorSocket,
                      public ReactorNames,
                      public ReactorCore {
 public:
  explicit MemoryReactor(Log& log = standardLog());
  ~MemoryReactor() override;

  // --- What was asked for, oldest first ----------------------------------------------------------

  std::vector<std::shared_ptr<MemoryPort>> tcpServers;
  std::vector<std::shared_ptr<MemoryConnector>> tcpClients;
  std::vector<std::shared_ptr<MemoryPort>> unixServers;
  std::vector<std::shared_ptr<MemoryConnector>> unixClients;
  std::vector<std::shared_ptr<MemoryPort>> adoptedServers;

  // --- What becomes of it --------------------------------------------------------------

  /// Joins an attempt to connect with a listener: both factories build a protocol. Null when one of
  /// them refuses.
  std::unique_ptr<MemoryConnection> accept(MemoryConnector& client, MemoryPort& server,
                                           MemoryConnection::Options options = {});
  /// The listening sockets that somebody else has opened, to be adopted: where each listens.
  std::map<int, Address> openSockets;
  /// The names that are looked up, and their answers.
  MemoryResolver resolver;
  /// The next call to `listenTCP` or its like throws CannotListenError with this reason.
  void refuseNextListen(std::error_code why) { refuseListen_ = why; }

  // --- The contracts -------------------------------------------------------------------

  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options = {}) override;
  std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                        std::shared_ptr<ClientFactory> factory,
                                        ConnectOptions options = {}) override;

  std::shared_ptr<ListeningPort> listenUNIX(std::string path, std::shared_ptr<Factory> factory,
                                            UNIXListenOptions options = {}) override;
  std::shared_ptr<Connector> connectUNIX(std::string path, std::shared_ptr<ClientFactory> factory,
                                         UNIXConnectOptions options = {}) override;
  std::shared_ptr<ListeningPort> adoptStreamPort(int descriptor, std::shared_ptr<Factory> factory,
                                                 ListenOptions options = {}) override;
  /// std::logic_error, all four: it has none of this.
  std::shared_ptr<DatagramTransport> listenUNIXDatagram(std::string path,
                                                        std::shared_ptr<DatagramProtocol> protocol,
                                                        unsigned mode = 0666,
                                                        DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> connectUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol,
      UNIXDatagramConnectOptions options = {}) override;
  std::shared_ptr<DatagramTransport> adoptDatagramPort(int descriptor,
                                                       std::shared_ptr<DatagramProtocol> protocol,
                                                       DatagramOptions options = {}) override;
  std::shared_ptr<Transport> adoptStreamConnection(int descriptor, std::shared_ptr<Factory> factory,
                                                   TransportOptions options = {}) override;

  /// `resolver`, unless another was installed.
  NameResolver& nameResolver() override;
  std::shared_ptr<NameResolver> installNameResolver(
      std::shared_ptr<NameResolver> replacement) override;

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
  /// Throws what `refuseNextListen` wants.
  void checkListen(const Address& host);

  Log& log_;
  EventTriggers triggers_;
  std::shared_ptr<NameResolver> installedResolver_;
  std::error_code refuseListen_;
  std::uint16_t nextFreePort_ = 49152;
  State state_ = State::idle;
};

}  // namespace plait::testing
