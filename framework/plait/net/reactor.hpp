#pragma once

#include <memory>
#include <optional>
#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_core.hpp>
#include <plait/core/reactor_process.hpp>
#include <plait/core/reactor_socket.hpp>
#include <plait/core/reactor_stdio.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_threads.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/reactor_udp.hpp>
#include <plait/core/reactor_unix.hpp>
#include <plait/deferred/deferred.hpp>

namespace boost::asio {
class io_context;
}

namespace plait {

class Log;
namespace detail {
class PoolImpl;
}

struct ReactorOptions {
  /// Where events are logged; null = `standardLog()`.
  Log* log = nullptr;
  /// How long `stop` lets connections send what they have buffered before it aborts them.
  Duration drainTimeout = std::chrono::seconds(5);
  /// Bytes that an orderly close reads and throws away at most, in up to five seconds, so that no
  /// reset destroys what the peer has not read. The default is far more than systems buffer.
  std::size_t lingerLimit = std::size_t{64} << 20;
  /// Memory that what waits to be sent on all its connections may take together; 0 = any. Above
  /// three quarters of it those with the most waiting are read from no more, above it they are
  /// aborted with WriteBudgetExceeded: see WriteBudget.
  std::size_t writeBudget = std::size_t{1} << 30;
  /// A callback that holds the reactor up for longer is named in the log; zero: none is. Unset: a
  /// tenth of a second in a debug build of plait, zero in others.
  std::optional<Duration> stallLimit = std::nullopt;
  /// `run` makes SIGINT and SIGTERM stop the reactor; a second one ends the draining at once, a
  /// third the program (as when a call in a thread never returns).
  bool installSignalHandlers = true;
};

/// The event loop: sockets, time and calls from other threads, on a Boost.Asio `io_context`.
/// An object like any other: many per process, each on one thread, each to be run again after it
/// was stopped. Twisted: `reactor`.
///
///     plait::Reactor reactor;
///     reactor.listenTCP(8000, plait::Factory::forProtocol<Echo>());
///     reactor.run();
///
/// Thread: its own, the one that runs it; only `callFromThread` may be called from any. Debug
/// builds end the program when another thread breaks the rule. While it does not run, the thread
/// that owns the object counts as its own.
class Reactor final : public ReactorCore,
                      public ReactorTime,
                      public ReactorThreads,
                      public ReactorTCP,
                      public ReactorUNIX,
                      public ReactorUDP,
                      public ReactorSocket,
                      public ReactorStdio,
                      public ReactorProcess,
                      public ReactorNames {
 public:
  /// With an `io_context` of its own.
  explicit Reactor(ReactorOptions options = {});
  /// On the user's `io_context`, which must outlive it, be run by one thread at a time, and is
  /// never stopped by plait. Either `run()` drives it, or the user does after `startRunning()`.
  explicit Reactor(boost::asio::io_context& context, ReactorOptions options = {});
  /// Ends what is left: connections are reset, and their protocols told ConnectionAborted. From
  /// inside of one of its callbacks it ends the program.
  ~Reactor() override;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Serves until `stop`, a signal, or the end of shutdown. See ReactorCore::run.
  void run() override;
  /// Stops in three phases: the "before shutdown" triggers, with everything alive until all that
  /// they returned has fired; then listeners
  /// close, attempts to connect fail, and connections are closed orderly, for up to `drainTimeout`,
  /// after which the rest is aborted; then calls in threads are waited for; then "during" and
  /// "after".
  void stop() override;
  bool running() const override;
  /// Fires "startup" on a reactor whose context the user runs, on this thread. Twisted:
  /// `startRunning`.
  void startRunning();

  TriggerID callWhenRunning(UniqueFunction<void()> call) override;
  void removeSystemEventTrigger(TriggerID id) override;
  void fireSystemEvent(const std::string& event) override;

  TimePoint now() const override;
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call) override;

  void callFromThread(UniqueFunction<void()> call) override;
  void callInThread(UniqueFunction<void()> call) override;
  void suggestThreadPoolSize(std::size_t threads) override;

  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options = {}) override;
  std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                        std::shared_ptr<ClientFactory> factory,
                                        ConnectOptions options = {}) override;

  std::shared_ptr<ListeningPort> listenUNIX(std::string path, std::shared_ptr<Factory> factory,
                                            UNIXListenOptions options = {}) override;
  std::shared_ptr<Connector> connectUNIX(std::string path, std::shared_ptr<ClientFactory> factory,
                                         UNIXConnectOptions options = {}) override;

  std::shared_ptr<DatagramTransport> listenUDP(std::uint16_t port,
                                               std::shared_ptr<DatagramProtocol> protocol,
                                               DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> listenUNIXDatagram(std::string path,
                                                        std::shared_ptr<DatagramProtocol> protocol,
                                                        unsigned mode = 0666,
                                                        DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> connectUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol,
      UNIXDatagramConnectOptions options = {}) override;

  std::shared_ptr<ListeningPort> adoptStreamPort(int descriptor, std::shared_ptr<Factory> factory,
                                                 ListenOptions options = {}) override;
  std::shared_ptr<Transport> adoptStreamConnection(int descriptor, std::shared_ptr<Factory> factory,
                                                   TransportOptions options = {}) override;
  std::shared_ptr<DatagramTransport> adoptDatagramPort(int descriptor,
                                                       std::shared_ptr<DatagramProtocol> protocol,
                                                       DatagramOptions options = {}) override;

  std::shared_ptr<Transport> standardIO(std::shared_ptr<Protocol> protocol,
                                        StandardIOOptions options = {}) override;
  std::shared_ptr<Transport> openSerialPort(std::string device, std::shared_ptr<Protocol> protocol,
                                            SerialOptions options = {}) override;
  using ReactorProcess::spawnProcess;
  std::shared_ptr<ProcessTransport> spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                 std::string executable,
                                                 ProcessOptions options) override;

  NameResolver& nameResolver() override;
  std::shared_ptr<NameResolver> installNameResolver(
      std::shared_ptr<NameResolver> resolver) override;

  Log& log() const;

 private:
  TriggerID addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) override;

  friend boost::asio::io_context& ioContext(Reactor& reactor);
  friend class detail::PoolImpl;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plait
