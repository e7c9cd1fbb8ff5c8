#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/net/detail/reactor_impl.hpp>
#include <thread>

namespace plait {

using namespace detail;

namespace {

/// How often a stopping reactor looks whether all has ended.
constexpr Duration kPoll = std::chrono::milliseconds(5);
/// How often it says what it is waiting for.
constexpr Duration kBetweenReports = std::chrono::seconds(1);

#ifdef NDEBUG
constexpr Duration kStallLimit = Duration::zero();
#else
constexpr Duration kStallLimit = std::chrono::milliseconds(100);
#endif

}  // namespace

Reactor::Impl::Impl(asio::io_context* context, const ReactorOptions& options)
    // UNSAFE_IO: one thread does all I/O, so Asio's locks around it are off. `post` keeps its own
    // and may be called from any thread.
    : ownContext(context
                     ? nullptr
                     : std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO)),
      loop(std::make_shared<Loop>(context ? *context : *ownContext,
                                  options.log ? *options.log : standardLog(), context == nullptr)),
      options(options),
      triggers(loop->log()),
      resolver(*loop),
      threads(loop->log()) {
  loop->lingerLimit = options.lingerLimit;
  loop->transportGroup().budget.setLimit(options.writeBudget);
  loop->transportGroup().stalls.setLimit(options.stallLimit.value_or(kStallLimit));
  loop->open();
}

Reactor::Impl::~Impl() {
  loop->assertNotInCallback();
  signals_.reset();
  loop->runBy({});
  loop->stopping = true;
  loop->endMembers();
  while (!loop->children.empty()) loop->children.front().end();
  work_.reset();
  loop->close();
  stopThreads();
}

/// Waits for what threads are doing, with the loop at a standstill. What they leave for the loop is
/// destroyed meanwhile, here: one of them may be waiting for just that.
void Reactor::Impl::stopThreads() {
  threads.dropWaiting();
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
  loop->post("shutdown", [this] {
    try {
      triggers.fireBefore("shutdown", [this, run = run_] {
        loop->post("shutdown", [this, run] {
          if (run == run_) drain();
        });
      });
    } catch (...) {  // there is no memory: but stop it must
      drain();
      throw;
    }
  });
  state = State::stopping;
  draining_ = false;
}

// --- Shutdown --------------------------------------------------------------------------

/// No more patience, as after a second signal.
void Reactor::Impl::hurry() {
  drain();
  drainDeadline_ = loop->now();
}

void Reactor::Impl::drain() {
  if (state != State::stopping || std::exchange(draining_, true)) return;
  loop->shutDownMembers();
  drainDeadline_ = later(loop->now(), options.drainTimeout);
  nextReport_ = later(loop->now(), kBetweenReports);
  watchDrain();
}

/// Looks, a few times, soon, whether all are gone: a close takes some turns of the loop, not a
/// callback from every place that can end one.
void Reactor::Impl::watchDrain() {
  if (loop->members.empty()) return watchThreads();
  if (loop->now() >= drainDeadline_) return abortTheRest();
  if (loop->now() >= nextReport_) reportDrain();
  poll_ = loop->callLater(kPoll, [this] { watchDrain(); });
}

void Reactor::Impl::reportDrain() {
  const TimePoint now = loop->now();
  nextReport_ = later(now, kBetweenReports);
  loop->logger().info(
      "draining: {} connections still open, {} bytes of memory waiting to be sent, "
      "{:.1f} s left",
      loop->members.size(), loop->transportGroup().pool.used(),
      std::chrono::duration<double>(drainDeadline_ - now).count());
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
  loop->guarded("shutdown", [this] { triggers.fireRest("shutdown"); });
  work_.reset();
  loop->stopping = false;
  state = State::idle;
  if (ownContext) ownContext->stop();
}

// --- Signals ---------------------------------------------------------------------------

void Reactor::Impl::installSignalHandlers() {
  signals_.emplace(loop->context(), [this](int signal) { return signalled(signal); });
}

void Reactor::Impl::uninstallSignalHandlers() {
  signals_.reset();
}

bool Reactor::Impl::signalled(int signal) {
  bool goOn = false;  // a third one has its usual effect
  loop->guarded("a signal", [&] {
    loop->logger().info("{} received, stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
    if (state == State::starting) started();  // whatever startup waits for: not any more
    if (state == State::running) {
      goOn = true;
      stop();
    } else {
      hurry();
    }
  });
  return goOn;
}

}  // namespace plait
