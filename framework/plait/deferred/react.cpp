#include <fmt/format.h>

#include <plait/deferred/react.hpp>

namespace plait::task {

SystemExit::SystemExit(int code) : Error(fmt::format("exit with status {}", code)), code(code) {}

namespace {

/// A main and what becomes of it. Its Deferred keeps it: that may outlive `react`.
class Main : public std::enable_shared_from_this<Main> {
 public:
  Main(ReactorCore& reactor, Log& log, detail::MainFunction function)
      : reactor_(&reactor), log_(log), function_(std::move(function)) {}

  int run();

 private:
  void begin();
  Deferred<void> reactorStops();
  void cancel();
  void ended(const Result<int>& result);
  int statusOf(const Result<int>& result) const;
  void complain(const char* message, const Failure* failure) const;

  ReactorCore* reactor_;  // null when `react` has returned
  Log& log_;
  detail::MainFunction function_;
  std::optional<Deferred<void>> ending_;  // fires when it has ended; empty after that
  bool stopping_ = false;
  bool cancelled_ = false;
  std::optional<int> status_;
};

int Main::run() {
  if (reactor_->running()) throw ReactorAlreadyRunning();
  const auto self = shared_from_this();
  const TriggerID shutdown = reactor_->addSystemEventTrigger(
      TriggerPhase::before, "shutdown", [self] { return self->reactorStops(); });
  reactor_->callWhenRunning([self] { self->begin(); });
  reactor_->run();
  if (!stopping_) reactor_->removeSystemEventTrigger(shutdown);
  reactor_ = nullptr;
  ending_.reset();
  if (!status_) complain("main function had not ended when the reactor stopped", nullptr);
  return status_.value_or(1);
}

void Main::begin() {
  const Deferred<void> ending = function_().addBoth(
      [self = shared_from_this()](const Result<int>& result) { self->ended(result); });
  if (status_) return;
  ending_ = ending;
  if (stopping_) cancel();  // it was its own first act to stop a reactor that does so at once
}

/// Shutdown waits for what this returns.
Deferred<void> Main::reactorStops() {
  stopping_ = true;
  if (!ending_) return succeed();
  const Deferred<void> ending = *ending_;
  cancel();
  return ending;
}

void Main::cancel() {
  cancelled_ = true;
  const Deferred<void> ending = *ending_;
  ending.cancel();
}

void Main::ended(const Result<int>& result) {
  ending_.reset();
  if (!reactor_) {  // too late; what went wrong goes to the log all the same
    if (!result && !wasCancelled(result.failure())) fail(result.failure());
    return;
  }
  status_ = statusOf(result);
  if (stopping_) return;
  try {
    reactor_->stop();
  } catch (const ReactorNotRunning&) {  // somebody has told it so already
  }
}

int Main::statusOf(const Result<int>& result) const {
  if (result.success()) return result.value();
  const Failure& failure = result.failure();
  if (const auto* exit = failure.check<SystemExit>()) return exit->code;
  if (cancelled_ && wasCancelled(failure)) return 0;
  complain("main function encountered error", &failure);
  return 1;
}

void Main::complain(const char* message, const Failure* failure) const {
  log_.emit(
      {LogLevel::critical, "plait.task", message, {}, failure, std::chrono::system_clock::now()});
}

}  // namespace

int detail::react(ReactorCore& reactor, Log& log, MainFunction main) {
  return std::make_shared<Main>(reactor, log, std::move(main))->run();
}

}  // namespace plait::task
