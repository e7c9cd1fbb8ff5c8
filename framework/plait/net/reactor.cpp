#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/core/event_triggers.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/name_resolver.hpp>
#include <plait/net/detail/tcp_connection.hpp>
#include <plait/net/detail/tcp_connector.hpp>
#include <plait/net/detail/tcp_port.hpp>
#include <plait/net/detail/thread_pool.hpp>
#include <plait/net/reactor.hpp>
#include <stdexcept>

namespace plait {

using namespace detail;

namespace {

/// How often a stopping reactor looks whether all has ended.
constexpr Duration kPoll = std::chrono::milliseconds(5);

}  // namespace

/// The life cycle; the rest is the loop's.
class Reactor::Impl {
 public:
  Impl(asio::io_context* context, const ReactorOptions& options)
      // UNSAFE_IO: one thread does all I/O, so Asio's locks around it are off. `post` keeps its own
      // and may be called from any thread.
      : ownContext(context
                       ? nullptr
                       : std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO)),
        loop(std::make_shared<Loop>(context ? *context : *ownContext,
                                    options.log ? *options.log : standardLog())),
        options(options),
        triggers(loop->log()),
        resolver(*loop),
        threads(loop->log()) {}

  ~Impl();

  void startRunning();
  void drive();
  void stop();
  void installSignalHandlers();
  void uninstallSignalHandlers();

  std::unique_ptr<asio::io_context> ownContext;
  std::shared_ptr<Loop> loop;
  ReactorOptions options;
  EventTriggers triggers;
  NameResolver resolver;
  ThreadPool threads;

  enum class State { idle, starting, running, stopping };
  State state = State::idle;

 private:
  void awaitSignal();
  void started();
  void hurry();
  void drain();
  void watchDrain();
  void watchThreads();
  void stopThreads();
  void abortTheRest();
  void finishShutdown();

  std::optional<asio::executor_work_guard<Executor>> work_;
  std::optional<asio::basic_signal_set<Executor>> signals_;
  TimePoint drainDeadline_;
  bool draining_ = false;  // the phase "before shutdown" is over
  std::uint64_t run_ = 0;  // counts runs: what is left over from one must not touch the next
  DelayedCall poll_;       // of the shutdown
};

Reactor::Impl::~Impl() {
  signals_.reset();
  loop->runBy({});
  loop->stopping = true;
  loop->endMembers();
  work_.reset();
  loop->close();
  stopThreads();
}

/// Waits for what threads are doing, with the loop at a standstill. What they leave for the loop is
/// destroyed meanwhile, here: one of them may be waiting for just that.
void Reactor::Impl::stopThreads() {
  threads.takeWaiting();
  while (threads.pending() > 0) {
    loop->takeCalls();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  threads.stop();
  loop->takeCalls();
}

void Reactor::Impl::startRunning() {
  if (state != State::idle) throw ReactorAlreadyRunning();
  state = State::starting;
  ++run_;
  work_.emplace(loop->context().get_executor());
  Loop::Callback callback(*loop);
  triggers.fireBefore("startup", [this, run = run_] {
    if (run == run_ && state == State::starting) started();
  });
}

void Reactor::Impl::started() {
  state = State::running;
  triggers.fireRest("startup");
}

void Reactor::Impl::drive() {
  // However the loop ends: by us, by the user who stops the context, or by what a handler of the
  // user's throws, the reactor is one that can be run again.
  struct Ended {
    explicit Ended(Impl& impl) : impl(impl) {}
    ~Ended() {
      impl.uninstallSignalHandlers();
      impl.work_.reset();
      impl.poll_.cancelIfActive();
      ++impl.run_;
      impl.loop->stopping = false;
      impl.loop->runBy({});
      impl.state = State::idle;
    }
    Impl& impl;
  } ended(*this);
  asio::io_context& context = loop->context();
  if (context.stopped()) context.restart();
  if (ownContext) {
    context.run();
  } else {
    while (state != State::idle && context.run_one() > 0) {
    }
  }
}

void Reactor::Impl::stop() {
  loop->assertThread();
  if (state != State::running) throw ReactorNotRunning();
  state = State::stopping;
  draining_ = false;
  loop->post("shutdown", [this] {
    triggers.fireBefore("shutdown", [this, run = run_] {
      loop->post("shutdown", [this, run] {
        if (run == run_) drain();
      });
    });
  });
}

// --- Shutdown --------------------------------------------------------------------------

/// A second signal: no more patience.
void Reactor::Impl::hurry() {
  drain();
  drainDeadline_ = loop->now();
}

void Reactor::Impl::drain() {
  if (state != State::stopping || std::exchange(draining_, true)) return;
  loop->shutDownMembers();
  drainDeadline_ = later(loop->now(), options.drainTimeout);
  watchDrain();
}

/// Looks, a few times, soon, whether all are gone: a close takes some turns of the loop, not a
/// callback from every place that can end one.
void Reactor::Impl::watchDrain() {
  if (loop->members.empty()) return watchThreads();
  if (loop->now() >= drainDeadline_) return abortTheRest();
  poll_ = loop->callLater(kPoll, [this] { watchDrain(); });
}

void Reactor::Impl::abortTheRest() {
  loop->logger().warn("the time for draining is over, {} connections are aborted",
                      loop->members.size());
  loop->endMembers();
  watchThreads();
}

/// Work in threads is waited for, however long it takes: there is no way to end it, and what it
/// refers to must live on. The loop goes on meanwhile: it may be what a thread waits for.
void Reactor::Impl::watchThreads() {
  if (threads.pending() == 0) {
    threads.stop();
    // The last results are on their way to the loop, and what they start may be work for threads.
    return loop->post("shutdown", [this] {
      if (threads.pending() > 0) return watchThreads();
      finishShutdown();
    });
  }
  if (loop->now() >= drainDeadline_) {
    drainDeadline_ = TimePoint::max();
    loop->logger().warn("{} calls in threads have not ended, waiting for them", threads.pending());
  }
  poll_ = loop->callLater(kPoll, [this] { watchThreads(); });
}

void Reactor::Impl::finishShutdown() {
  triggers.fireRest("shutdown");
  work_.reset();
  loop->stopping = false;
  state = State::idle;
  if (ownContext) ownContext->stop();
}

// --- Signals ---------------------------------------------------------------------------

void Reactor::Impl::installSignalHandlers() {
  signals_.emplace(loop->context().get_executor(), SIGINT, SIGTERM);
  awaitSignal();
}

void Reactor::Impl::uninstallSignalHandlers() {
  signals_.reset();
}

void Reactor::Impl::awaitSignal() {
  signals_->async_wait([this, loop = loop](ErrorCode error, int signal) {
    if (error || loop->closed() || !signals_) return;
    loop->guarded("a signal", [&] {
      loop->logger().info("{} received, stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
      if (state == State::starting) started();  // whatever startup waits for: not any more
      if (state == State::running) {
        stop();
      } else {
        hurry();
        uninstallSignalHandlers();  // a third one has its usual effect
      }
    });
    if (signals_) awaitSignal();
  });
}

// --- The public face -------------------------------------------------------------------

Reactor::Reactor(ReactorOptions options) : impl_(std::make_unique<Impl>(nullptr, options)) {}
Reactor::Reactor(asio::io_context& context, ReactorOptions options)
    : impl_(std::make_unique<Impl>(&context, options)) {}
Reactor::~Reactor() = default;

void Reactor::run() {
  Loop& loop = *impl_->loop;
  if (impl_->state != Impl::State::idle) throw ReactorAlreadyRunning();
  loop.runBy(std::this_thread::get_id());
  if (impl_->options.installSignalHandlers) impl_->installSignalHandlers();
  impl_->startRunning();
  impl_->drive();
}

void Reactor::startRunning() {
  impl_->loop->runBy(std::this_thread::get_id());
  impl_->startRunning();
}

void Reactor::stop() {
  impl_->stop();
}

bool Reactor::running() const {
  return impl_->state == Impl::State::running || impl_->state == Impl::State::stopping;
}

TriggerID Reactor::callWhenRunning(UniqueFunction<void()> call) {
  impl_->loop->assertThread();
  if (!running()) return addSystemEventTrigger(TriggerPhase::after, "startup", std::move(call));
  call();
  return TriggerID::none;
}

TriggerID Reactor::addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) {
  impl_->loop->assertThread();
  return impl_->triggers.add(phase, std::move(event), std::move(trigger));
}

void Reactor::removeSystemEventTrigger(TriggerID id) {
  impl_->loop->assertThread();
  impl_->triggers.remove(id);
}

void Reactor::fireSystemEvent(const std::string& event) {
  impl_->loop->assertThread();
  Loop::Callback callback(*impl_->loop);
  impl_->triggers.fireBefore(event,
                             [impl = impl_.get(), event] { impl->triggers.fireRest(event); });
}

TimePoint Reactor::now() const {
  return impl_->loop->now();
}

DelayedCall Reactor::callLater(Duration delay, UniqueFunction<void()> call) {
  return impl_->loop->callLater(delay, std::move(call));
}

void Reactor::callFromThread(UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("callFromThread: there is nothing to call");
  impl_->loop->callFromThread(std::move(call));
}

void Reactor::callInThread(UniqueFunction<void()> call) {
  impl_->loop->assertThread();
  if (!call) throw std::invalid_argument("callInThread: there is nothing to call");
  impl_->threads.call(std::move(call));
}

void Reactor::suggestThreadPoolSize(std::size_t threads) {
  impl_->loop->assertThread();
  impl_->threads.setLimit(threads);
}

std::shared_ptr<ListeningPort> Reactor::listenTCP(std::uint16_t port,
                                                  std::shared_ptr<Factory> factory,
                                                  ListenOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("listenTCP: there is no factory");
  if (impl_->loop->stopping) {
    throw CannotListenError(fmt::format("port {}", port), "the reactor is stopping");
  }
  auto listening = std::make_shared<TcpPort>(*impl_->loop, std::move(factory), std::move(options));
  listening->listen(port);
  return listening;
}

std::shared_ptr<Connector> Reactor::connectTCP(std::string host, std::uint16_t port,
                                               std::shared_ptr<ClientFactory> factory,
                                               ConnectOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("connectTCP: there is no factory");
  auto connector = std::make_shared<TcpConnector>(*impl_->loop, impl_->resolver, std::move(host),
                                                  port, std::move(factory), std::move(options));
  connector->connect();
  return connector;
}

Log& Reactor::log() const {
  return impl_->loop->log();
}

asio::io_context& ioContext(Reactor& reactor) {
  return reactor.impl_->loop->context();
}

}  // namespace plait
