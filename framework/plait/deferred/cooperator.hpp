#pragma once

#include <concepts>
#include <list>
#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <vector>

namespace plait {

// --- Errors: Twisted's, of the same names ----------------------------------------------

/// Base of what a Cooperator and its tasks throw.
struct SchedulerError : Error {
  using Error::Error;
};
/// `resume` without a `pause`.
struct NotPaused : SchedulerError {
  NotPaused() : SchedulerError("the task is not paused") {}
};
/// The Cooperator was stopped, or no longer exists.
struct SchedulerStopped : SchedulerError {
  SchedulerStopped() : SchedulerError("the Cooperator was stopped") {}
};
/// Base of what the operations of a task throw that is over.
struct TaskFinished : SchedulerError {
  using SchedulerError::SchedulerError;
};
/// It had come to its end.
struct TaskDone : TaskFinished {
  TaskDone() : TaskFinished("the task is done") {}
};
/// It was stopped.
struct TaskStopped : TaskFinished {
  TaskStopped() : TaskFinished("the task was stopped") {}
};
/// One of its steps failed.
struct TaskFailed : TaskFinished {
  TaskFailed() : TaskFinished("the task failed") {}
};

// --- Work ------------------------------------------------------------------------------

/// What a step of work says: whether there is more, at once or when a Deferred has fired. Made from
/// whatever the step returns:
///
/// | the step returns                | meaning                                               |
/// |---------------------------------|-------------------------------------------------------|
/// | `bool`                          | true: there is more                                   |
/// | `Deferred<bool>` (a coroutine)  | wait for it; true: there is more                      |
/// | `Deferred<T>`                   | wait for it; there is more                            |
/// | `std::optional<Deferred<T>>`    | the same; empty: that was all                         |
///
/// Twisted: what an iterator gave, or its end.
class CooperativeStep {
 public:
  CooperativeStep(std::same_as<bool> auto more) : more_(more) {}
  CooperativeStep(Deferred<bool> more) : more_(true), wait_(std::move(more)) {}
  template <class T>
  CooperativeStep(const Deferred<T>& wait)
      : CooperativeStep(wait.addCallback([] { return true; })) {}
  template <class T>
  CooperativeStep(const std::optional<Deferred<T>>& wait)
      : CooperativeStep(wait ? CooperativeStep(*wait) : CooperativeStep(false)) {}

 private:
  friend class CooperativeTask;
  bool more_;
  std::optional<Deferred<bool>> wait_;
};

/// Work in small steps, each a call of this.
using CooperativeWork = UniqueFunction<CooperativeStep()>;

// --- Tasks -----------------------------------------------------------------------------

namespace detail {
class CooperativeScheduler;
}

class Cooperator;

/// Work that a Cooperator does; `Cooperator::cooperate` makes it. Twisted: `CooperativeTask`.
///
/// When it is over, `pause`, `resume` and `stop` throw why: TaskDone, TaskStopped, TaskFailed or
/// SchedulerStopped; only a `resume` that makes up for an earlier `pause` is allowed still.
///
/// Thread: the Cooperator's.
class CooperativeTask : public std::enable_shared_from_this<CooperativeTask> {
 public:
  CooperativeTask(const CooperativeTask&) = delete;

  /// Takes no more steps until as many `resume`. What a step waits for goes on.
  void pause();
  /// NotPaused when it is not paused. Waiting for a step's Deferred is no pause.
  void resume();
  /// Takes no more steps: it is over. What a step waits for is cancelled.
  void stop();
  /// Fires when the work is done. Fails with what a step failed with, with TaskStopped after
  /// `stop`, with SchedulerStopped after the Cooperator's. A new Deferred with each call; each gets
  /// the result, also when it is over already. Cancelling it leaves the task alone.
  Deferred<void> whenDone();

 private:
  friend class Cooperator;
  friend class detail::CooperativeScheduler;
  using List = std::list<std::shared_ptr<CooperativeTask>>;

  CooperativeTask(CooperativeWork work, detail::CooperativeScheduler& scheduler)
      : work_(std::move(work)), scheduler_(&scheduler) {}

  bool over() const noexcept { return end_.has_value(); }
  void expectNotOver() const;
  void step();
  void waitFor(Deferred<bool> more);
  void stepEnded(const Result<bool>& more);
  void place();
  void finish(Failure end, Result<void> result);
  void interrupt(Failure why);
  void abandon() noexcept;
  void cancelWait() noexcept;

  CooperativeWork work_;
  bool busy_ = false;                         // with a step: inside its call, or its Deferred
  std::optional<Deferred<bool>> waitingFor_;  // that Deferred
  unsigned pauses_ = 0;

  std::optional<Failure> end_;  // once it is over: what the operations throw
  Result<void> result_;         // and what became of it
  std::vector<Deferred<void>> whenDone_;

  detail::CooperativeScheduler* scheduler_;  // null once it is over
  List::iterator at_;                        // in the scheduler's list
  bool ready_ = false;                       // which one
};

// --- The cooperator --------------------------------------------------------------------

struct CooperatorOptions {
  /// How long it works before it lets the reactor do something else: it stops taking steps when
  /// the clock says that this much has passed. 0: one step a turn.
  Duration slice = std::chrono::milliseconds(10);
  /// The pause for the reactor between two slices.
  Duration delay = std::chrono::nanoseconds(10);
  /// False: works only after `start`.
  bool started = true;
  /// In place of `slice`: makes, for every slice, the function that is asked after each step
  /// whether it is over. On a `testing::Clock`, which stands still meanwhile, only this ends the
  /// slices of work without an end.
  UniqueFunction<UniqueFunction<bool()>()> terminationPredicateFactory = {};
};

/// Does long work in between, in steps short enough that the reactor stays responsive: one step of
/// each task in turn, a slice of time at once. Twisted: `task.Cooperator`.
///
///     plait::Cooperator cooperator(reactor);
///     cooperator.coiterate([&, at = 0u]() mutable {
///       index(documents[at]);
///       return ++at < documents.size();
///     });
///
/// A task's work is a function; each call is a step: see CooperativeStep for what it may return.
/// What it throws fails the task. It may do anything to task and Cooperator, even destroy them.
/// It is destroyed when the task is over (and its last step, if that waits for something).
///
/// Destroying a Cooperator ends its tasks: what they wait for is cancelled, Deferreds are let go of
/// without a result, operations throw SchedulerStopped.
///
/// Thread: the clock's only. The clock must outlive it.
class Cooperator {
 public:
  explicit Cooperator(ReactorTime& clock, CooperatorOptions options = {});
  Cooperator(const Cooperator&) = delete;
  Cooperator& operator=(const Cooperator&) = delete;
  ~Cooperator();

  /// Takes on work. Its first step is not taken from inside this call. When stopped, the task has
  /// failed with SchedulerStopped. std::invalid_argument for an empty function.
  std::shared_ptr<CooperativeTask> cooperate(CooperativeWork work);
  /// The same, for those who only want to know when it is done. Cancelling the Deferred stops the
  /// task. (Twisted's goes on.)
  Deferred<void> coiterate(CooperativeWork work);

  /// Begins, or, after `stop`, takes on work again.
  void start();
  /// Ends all tasks, paused and waiting ones too, with SchedulerStopped, and takes no more.
  void stop();
  /// True when started and not stopped.
  bool running() const noexcept;

 private:
  std::shared_ptr<detail::CooperativeScheduler> scheduler_;
};

}  // namespace plait
