#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <plait/core/event_triggers.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/stop_signals.hpp>
#include <plait/net/detail/system_resolver.hpp>
#include <plait/net/detail/thread_pool.hpp>
#include <plait/net/reactor.hpp>

namespace plait {

/// The life cycle of a reactor: starting, running, signals, the shutdown in its phases; and what
/// its public face stands on.
class Reactor::Impl {
 public:
  Impl(detail::asio::io_context* context, const ReactorOptions& options);
  ~Impl();

  void startRunning();
  void drive();
  void stop();
  void installSignalHandlers();
  void uninstallSignalHandlers();
  /// Ends the draining now, if it is stopping.
  void hurry();

  std::unique_ptr<detail::asio::io_context> ownContext;
  std::shared_ptr<detail::Loop> loop;
  ReactorOptions options;
  EventTriggers triggers;
  detail::SystemResolver resolver;
  std::shared_ptr<NameResolver> installedResolver;  // null: the one above
  detail::ThreadPool threads;

  enum class State { idle, starting, running, stopping };
  State state = State::idle;

 private:
  bool signalled(int signal);
  void started();
  void drain();
  void watchDrain();
  void watchThreads();
  void stopThreads();
  void reportDrain();
  void abortTheRest();
  void finishShutdown();

  std::optional<detail::asio::executor_work_guard<detail::Executor>> work_;
  std::optional<detail::StopSignals> signals_;
  TimePoint drainDeadline_;
  TimePoint nextReport_;
  bool draining_ = false;  // the phase "before shutdown" is over
  std::uint64_t run_ = 0;  // counts runs: what is left over from one must not touch the next
  DelayedCall poll_;       // of the shutdown
};

}  // namespace plait
