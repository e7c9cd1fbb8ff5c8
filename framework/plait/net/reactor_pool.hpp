#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <plait/net/reactor.hpp>

namespace plait {

namespace detail {
class PoolImpl;
}

/// How the connections of a listening port are spread over the reactors of a pool.
enum class Spread {
  /// TCP: each reactor has a listening socket of its own at the same address, and the system
  /// chooses among them, by a hash of the addresses (SO_REUSEPORT). Nothing is passed between
  /// threads; few connections may be spread unevenly. Where the system has no such thing, and for
  /// sockets other than TCP and those that somebody else has opened: roundRobin.
  reusePort,
  /// One reactor accepts, and hands connections over to each in turn.
  roundRobin,
  /// One reactor accepts, and hands each connection over to the reactor that has the fewest of
  /// those that were.
  leastConnections,
};

struct ReactorPoolOptions {
  /// How many; 0 = as many as there are cores that this process may use.
  std::size_t reactors = 0;
  Spread spread = Spread::reusePort;
  /// Of every reactor. The log is given to all of them; signals are `run`'s.
  ReactorOptions reactor = {};
};

/// Reactors on as many threads: a program that uses every core. A connection belongs to one of
/// them for life, so protocols are written as for a single reactor, and no lock is taken on the way
/// of a byte.
///
///     plait::ReactorPool pool;
///     pool.listenTCP(8000, plait::Factory::forProtocol<Echo>());
///     pool.run();
///
/// **Listening.** A pool listens as a reactor does, and endpoints take it for one; connections are
/// spread over all its reactors. What is opened or connected otherwise (`connectTCP`, adopted
/// connections, datagrams, standard input) belongs to the reactor whose thread asks for it, and to
/// the first one while the pool does not run. Place it elsewhere by
/// `pool.callFromThread(i, [&] { pool.reactor(i).connectTCP(...); })`.
///
/// **Factories.** The protocols of all reactors come from the one factory that is given, so its
/// `buildProtocol` is called on all their threads, and what it keeps for its protocols needs locks;
/// those of `Factory::forProtocol` may be shared. `startFactory` and `stopFactory` are called once,
/// on any thread. A factory that keeps something is better had once a reactor: see `perReactor`.
///
/// **Threads.** `callFromThread`, `stop` and what only asks are for any thread. All else is for the
/// threads of the pool's reactors, and before it runs for the one that owns it; system events
/// (`addSystemEventTrigger` and its like, `callWhenRunning`) are the first reactor's.
class ReactorPool final : public ReactorCore,
                          public ReactorTCP,
                          public ReactorUNIX,
                          public ReactorSocket,
                          public ReactorStdio {
 public:
  explicit ReactorPool(ReactorPoolOptions options = {});
  /// Ends what is left at once, waits for the threads, and destroys the reactors, on this thread.
  /// Not to be called from inside a callback.
  ~ReactorPool() override;
  ReactorPool(const ReactorPool&) = delete;
  ReactorPool& operator=(const ReactorPool&) = delete;

  // --- Running ----------------------------------------------------------------------------------

  /// Serves until `stop` or a signal, and all reactors have stopped. This thread runs the first of
  /// them, new threads the others. SIGINT and SIGTERM stop all; a second one ends all draining at
  /// once. When the loop of one throws, all are stopped, and that is thrown. Can be run again.
  void run() override;
  /// Serves on threads of its own; no signals are handled. ReactorAlreadyRunning until `join`.
  void start();
  /// Waits until the pool that was started has stopped; throws as `run` does. Nothing when it was
  /// not started.
  void join();
  /// Stops all reactors, as Reactor::stop does with one: none begins to drain before all that the
  /// pool's triggers "before shutdown" returned has fired. A reactor that is stopped by itself
  /// stops the pool. Does nothing when it is stopping; ReactorNotRunning when it does not run.
  /// Thread: any.
  void stop() override;
  /// True from the pool's "startup", when all its reactors run, until they have stopped.
  bool running() const override;

  /// The pool's own events: on the thread of the first reactor; the phases "during" and "after
  /// shutdown" when all reactors have stopped, on the thread that called `run` or `join`.
  TriggerID callWhenRunning(UniqueFunction<void()> call) override;
  void removeSystemEventTrigger(TriggerID id) override;
  void fireSystemEvent(const std::string& event) override;

  // --- The reactors -----------------------------------------------------------------------------

  std::size_t size() const;
  /// std::out_of_range when there are not so many.
  Reactor& reactor(std::size_t index) const;
  /// Which of them this thread runs; none when it is no thread of this pool.
  std::optional<std::size_t> current() const;
  /// The number of one of them, each in turn: for placing clients.
  std::size_t next();

  /// Runs `call` soon on the thread of that reactor; calls from one thread to one reactor keep
  /// their order. Many made in a row cost one wake-up; see PoolChannel for messages.
  void callFromThread(std::size_t index, UniqueFunction<void()> call);
  /// Runs a copy of `call(reactor, index)` soon on the thread of each.
  template <class F>
  void callOnAll(const F& call) {
    for (std::size_t i = 0; i < size(); ++i) {
      callFromThread(i, [this, i, call]() mutable { call(reactor(i), i); });
    }
  }

  // --- Listening --------------------------------------------------------------------------------

  /// Makes the factory of one reactor, on its thread.
  using FactoryMaker = std::function<std::shared_ptr<Factory>(Reactor& reactor, std::size_t index)>;

  /// A factory for listening on this pool that stands for one factory a reactor: each builds the
  /// protocols of its own reactor, and is made, started and stopped on its thread, so that nothing
  /// is shared. On a pool that runs, what `make` or `startFactory` throws for another reactor than
  /// this thread's is logged, and that reactor refuses connections.
  std::shared_ptr<Factory> perReactor(FactoryMaker make);

  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, std::shared_ptr<Factory> factory,
                                           ListenOptions options = {}) override;
  /// With a factory a reactor, see `perReactor`.
  std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port, FactoryMaker make,
                                           ListenOptions options = {}) {
    return listenTCP(port, perReactor(std::move(make)), std::move(options));
  }
  std::shared_ptr<ListeningPort> listenUNIX(std::string path, std::shared_ptr<Factory> factory,
                                            UNIXListenOptions options = {}) override;
  std::shared_ptr<ListeningPort> adoptStreamPort(int descriptor, std::shared_ptr<Factory> factory,
                                                 ListenOptions options = {}) override;

  // --- On this thread's reactor -----------------------------------------------------------------

  std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                        std::shared_ptr<ClientFactory> factory,
                                        ConnectOptions options = {}) override;
  std::shared_ptr<Connector> connectUNIX(std::string path, std::shared_ptr<ClientFactory> factory,
                                         UNIXConnectOptions options = {}) override;
  std::shared_ptr<Transport> adoptStreamConnection(int descriptor, std::shared_ptr<Factory> factory,
                                                   TransportOptions options = {}) override;
  std::shared_ptr<DatagramTransport> adoptDatagramPort(int descriptor,
                                                       std::shared_ptr<DatagramProtocol> protocol,
                                                       DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> listenUNIXDatagram(std::string path,
                                                        std::shared_ptr<DatagramProtocol> protocol,
                                                        unsigned mode = 0666,
                                                        DatagramOptions options = {}) override;
  std::shared_ptr<DatagramTransport> connectUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol,
      UNIXDatagramConnectOptions options = {}) override;
  std::shared_ptr<Transport> standardIO(std::shared_ptr<Protocol> protocol,
                                        StandardIOOptions options = {}) override;
  std::shared_ptr<Transport> openSerialPort(std::string device, std::shared_ptr<Protocol> protocol,
                                            SerialOptions options = {}) override;

 private:
  TriggerID addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) override;
  Reactor& here() const;

  std::shared_ptr<detail::PoolImpl> impl_;
};

}  // namespace plait
