#include <plait/deferred/cooperator.hpp>
#include <stdexcept>

namespace plait {

// --- The scheduler ---------------------------------------------------------------------

/// The insides of a Cooperator, which a step may destroy while this takes it.
class detail::CooperativeScheduler : public std::enable_shared_from_this<CooperativeScheduler> {
 public:
  CooperativeScheduler(ReactorTime& clock, CooperatorOptions options)
      : clock_(clock), options_(std::move(options)), started_(options_.started) {}

  std::shared_ptr<CooperativeTask> add(CooperativeWork work);
  /// Into the list of those that take steps, last, or of those that rest.
  void place(CooperativeTask& task, bool ready);
  void remove(CooperativeTask& task);

  void start();
  void stop();
  void abandon() noexcept;
  bool running() const noexcept { return started_ && !stopped_; }

 private:
  using List = CooperativeTask::List;

  List& listOf(const CooperativeTask& task) { return task.ready_ ? ready_ : resting_; }
  List all() const;
  UniqueFunction<bool()> beginSlice();
  void work();
  void takeSteps();
  void schedule();

  ReactorTime& clock_;
  CooperatorOptions options_;
  bool started_;
  bool stopped_ = false;
  bool working_ = false;
  List ready_;    // in the order of their turns
  List resting_;  // paused, or waiting
  DelayedCall timer_;
};

std::shared_ptr<CooperativeTask> detail::CooperativeScheduler::add(CooperativeWork work) {
  if (!work) throw std::invalid_argument("a cooperative task needs work");
  const std::shared_ptr<CooperativeTask> task(new CooperativeTask(std::move(work), *this));
  task->at_ = ready_.insert(ready_.end(), task);
  task->ready_ = true;
  if (stopped_) {
    task->interrupt(SchedulerStopped());
  } else {
    schedule();
  }
  return task;
}

void detail::CooperativeScheduler::place(CooperativeTask& task, bool ready) {
  List& to = ready ? ready_ : resting_;
  to.splice(to.end(), listOf(task), task.at_);
  task.ready_ = ready;
  schedule();
}

void detail::CooperativeScheduler::remove(CooperativeTask& task) {
  listOf(task).erase(task.at_);
  task.ready_ = false;
  schedule();
}

void detail::CooperativeScheduler::start() {
  started_ = true;
  stopped_ = false;
  schedule();
}

void detail::CooperativeScheduler::stop() {
  const auto keep = shared_from_this();
  stopped_ = true;
  for (const auto& task : all()) {
    if (!task->over()) task->interrupt(SchedulerStopped());
  }
}

void detail::CooperativeScheduler::abandon() noexcept {
  stopped_ = true;
  for (const auto& task : all()) {
    if (!task->over()) task->abandon();
  }
}

detail::CooperativeScheduler::List detail::CooperativeScheduler::all() const {
  List tasks = ready_;
  tasks.insert(tasks.end(), resting_.begin(), resting_.end());
  return tasks;
}

/// What says when the slice that begins now is over.
UniqueFunction<bool()> detail::CooperativeScheduler::beginSlice() {
  if (options_.terminationPredicateFactory) return options_.terminationPredicateFactory();
  return
      [&clock = clock_, end = later(clock_.now(), options_.slice)] { return clock.now() >= end; };
}

void detail::CooperativeScheduler::work() {
  const auto keep = shared_from_this();
  working_ = true;
  try {
    takeSteps();
  } catch (...) {  // what asks whether the slice is over threw
    working_ = false;
    schedule();
    throw;
  }
  working_ = false;
  schedule();
}

void detail::CooperativeScheduler::takeSteps() {
  UniqueFunction<bool()> sliceOver = beginSlice();
  while (!ready_.empty()) {
    const std::shared_ptr<CooperativeTask> task = ready_.front();
    task->step();
    if (task->ready_) ready_.splice(ready_.end(), ready_, task->at_);
    if (sliceOver()) break;
  }
}

/// Keeps the timer active if and only if there is something to do.
void detail::CooperativeScheduler::schedule() {
  if (working_) return;  // it comes here at its end
  if (ready_.empty() || !started_) {
    timer_.cancelIfActive();
  } else if (!timer_.active()) {
    timer_ = clock_.callLater(options_.delay, [this] { work(); });
  }
}

// --- CooperativeTask -------------------------------------------------------------------

void CooperativeTask::expectNotOver() const {
  if (end_) end_->raiseException();
}

void CooperativeTask::pause() {
  expectNotOver();
  ++pauses_;
  place();
}

void CooperativeTask::resume() {
  if (pauses_ == 0) {
    expectNotOver();
    throw NotPaused();
  }
  --pauses_;
  place();
}

void CooperativeTask::stop() {
  expectNotOver();
  const auto keep = shared_from_this();
  interrupt(TaskStopped());
}

Deferred<void> CooperativeTask::whenDone() {
  Deferred<void> deferred;
  if (over()) {
    deferred.callback(result_);
  } else {
    whenDone_.push_back(deferred);
  }
  return deferred;
}

void CooperativeTask::place() {
  if (over()) return;
  const bool ready = pauses_ == 0 && !waitingFor_;
  if (ready != ready_) scheduler_->place(*this, ready);
}

void CooperativeTask::step() {
  const auto keep = shared_from_this();
  busy_ = true;
  std::optional<CooperativeStep> step;
  try {
    step.emplace(work_());
  } catch (...) {
    return stepEnded(Failure());
  }
  if (step->wait_) {
    waitFor(*std::move(step->wait_));
  } else {
    stepEnded(step->more_);
  }
}

void CooperativeTask::waitFor(Deferred<bool> more) {
  waitingFor_ = more;
  place();
  more.addBoth(
      [keep = shared_from_this()](const Result<bool>& result) { keep->stepEnded(result); });
  if (over()) cancelWait();  // the step stopped its own task
}

void CooperativeTask::stepEnded(const Result<bool>& more) {
  busy_ = false;
  waitingFor_.reset();
  if (over()) {
    work_ = nullptr;
    // What went wrong after the end goes to the log.
    if (!more.success() && !wasCancelled(more.failure())) fail(more.failure());
  } else if (!more.success()) {
    finish(TaskFailed(), more.failure());
  } else if (!more.value()) {
    finish(TaskDone(), {});
  } else {
    place();
  }
}

void CooperativeTask::finish(Failure end, Result<void> result) {
  std::exchange(scheduler_, nullptr)->remove(*this);
  end_ = std::move(end);
  result_ = std::move(result);
  if (!busy_) work_ = nullptr;
  for (Deferred<void>& deferred : std::exchange(whenDone_, {})) deferred.callback(result_);
}

void CooperativeTask::interrupt(Failure why) {
  finish(why, why);
  cancelWait();
}

void CooperativeTask::abandon() noexcept {
  whenDone_.clear();
  interrupt(SchedulerStopped());
}

void CooperativeTask::cancelWait() noexcept {
  if (const auto wait = std::exchange(waitingFor_, std::nullopt)) wait->cancel();
}

// --- Cooperator ------------------------------------------------------------------------

Cooperator::Cooperator(ReactorTime& clock, CooperatorOptions options)
    : scheduler_(std::make_shared<detail::CooperativeScheduler>(clock, std::move(options))) {}

Cooperator::~Cooperator() {
  scheduler_->abandon();
}

std::shared_ptr<CooperativeTask> Cooperator::cooperate(CooperativeWork work) {
  return scheduler_->add(std::move(work));
}

Deferred<void> Cooperator::coiterate(CooperativeWork work) {
  const auto task = cooperate(std::move(work));
  Deferred<void> done([weak = std::weak_ptr(task)](Deferred<void>& self) {
    self.errback(CancelledError());
    if (const auto still = weak.lock(); still && !still->over()) still->stop();
  });
  task->whenDone().addBoth([done](const Result<void>& result) mutable {
    if (!done.called()) done.callback(result);
  });
  return done;
}

void Cooperator::start() {
  scheduler_->start();
}

void Cooperator::stop() {
  scheduler_->stop();
}

bool Cooperator::running() const noexcept {
  return scheduler_->running();
}

}  // namespace plait
