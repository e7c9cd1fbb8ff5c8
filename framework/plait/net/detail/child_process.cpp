#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/net/detail/child_launch.hpp>
#include <plait/net/detail/child_pipes.hpp>
#include <plait/net/detail/child_process.hpp>
#include <plait/net/detail/pidfd.hpp>
#include <plait/net/detail/signal_names.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

constexpr Duration kPoll = std::chrono::milliseconds(20);

/// Turns of the loop for reading what a child has left in its pipes when it has exited. A pipe
/// holds some 64 KiB, a few reads.
constexpr int kTurnsForOutput = 256;

/// What one pipe of a child tells, for the process to pass on.
class PipeProtocol final : public Protocol {
 public:
  PipeProtocol(std::shared_ptr<ChildProcess> process, int childFD)
      : process_(std::move(process)), childFD_(childFD) {}

  void dataReceived(BytesView data) override { process_->dataFromChild(childFD_, data); }
  void connectionLost(const Failure& reason) override {
    std::exchange(process_, nullptr)->pipeLost(childFD_, reason);
  }

 private:
  std::shared_ptr<ChildProcess> process_;
  int childFD_;
};

Failure reasonOf(const std::optional<int>& status) {
  if (!status) return Failure(ProcessTerminated(std::nullopt, std::nullopt));
  if (WIFSIGNALED(*status)) return Failure(ProcessTerminated(std::nullopt, WTERMSIG(*status)));
  const int code = WEXITSTATUS(*status);
  return code == 0 ? Failure(ProcessDone()) : Failure(ProcessTerminated(code, std::nullopt));
}

/// A child may take what it is given as late as it likes; how long a stop of the reactor waits is
/// the reactor's own option.
TransportOptions pipeOptions(const ProcessOptions& options) {
  return {.writeBufferLimit = options.writeBufferLimit, .closeTimeout = Duration::zero()};
}

}  // namespace

ChildProcess::ChildProcess(Loop& loop, std::shared_ptr<ProcessProtocol> protocol)
    : loop_(&loop), protocol_(std::move(protocol)), turnsForOutput_(kTurnsForOutput) {}

/// Runs user code. A child whose protocol is broken has nobody to talk to.
template <class F>
void ChildProcess::guarded(const char* what, F&& call) {
  Loop::Callback callback(*loop_);
  const Loop::WatchedCall watched(*loop_, what);
  try {
    call(*protocol_);
  } catch (...) {
    logger().failure(Failure(), "{} threw, the child is killed", what);
    if (pid_ != 0) ::kill(pid_, SIGKILL);
  }
}

Logger ChildProcess::logger() const {
  std::string prefix = "process";
  try {
    prefix = protocol_->logPrefix();
  } catch (...) {  // it is the user's
  }
  return {loop_->log(), fmt::format("{} {}", prefix, startedAs_)};
}

// --- Starting --------------------------------------------------------------------------

/// Nothing is told before all of it has begun: what fails until then is thrown.
void ChildProcess::spawn(std::string executable, const ProcessOptions& options) {
  ChildLaunch launch(std::move(executable), options);
  ChildPipes pipes(loop_->context().get_executor(), options, launch);
  for (ChildPipes::OurEnd& each : pipes.ours()) {
    auto connection = std::make_shared<DescriptorConnection>(
        *loop_, std::move(each.in), std::move(each.out), pipeOptions(options));
    pipes_.emplace(each.childFD, Pipe{each.kind, std::move(connection)});
  }
  usesTerminal_ = options.usePTY;
  pid_ = startedAs_ = launch.launch();
  pipes.closeChildsEnds();

  const auto self = shared_from_this();
  Loop::Callback callback(*loop_);
  try {
    begin();
  } catch (...) {  // there is no memory, say
    takeBack();
    throw;
  }
  guarded("connectionMade", [&](ProcessProtocol& protocol) { protocol.makeConnection(self); });
}

void ChildProcess::begin() {
  loop_->children.push_back(*this);
  for (auto& [childFD, pipe] : pipes_) {
    pipe.connection->open(std::make_shared<PipeProtocol>(shared_from_this(), childFD));
  }
  watch();
}

/// As if it had never been started, for its protocol.
void ChildProcess::takeBack() {
  protocol_.reset();
  pidfd_.reset();
  unlink();
  waitUntilItIsKilled();
  for (auto& [childFD, pipe] : pipes_) pipe.connection->end();
  loop_ = nullptr;
}

// --- Its pipes -------------------------------------------------------------------------

void ChildProcess::dataFromChild(int childFD, BytesView data) {
  guarded("childDataReceived",
          [&](ProcessProtocol& protocol) { protocol.childDataReceived(childFD, data); });
}

void ChildProcess::pipeLost(int childFD, const Failure& reason) {
  if (!protocol_) return;
  const auto self = shared_from_this();
  Pipe& pipe = pipes_.at(childFD);
  pipe.lost = true;
  const auto* lost = reason.check<ConnectionLost>();
  if (lost && lost->osError != std::errc::broken_pipe && !reason.check<ConnectionAborted>()) {
    logger().warn("the pipe of descriptor {} is lost: {}", childFD, reason.getErrorMessage());
  }
  if (usesTerminal_) tellPipeLost(0);
  tellPipeLost(childFD);
  endIfAllIsOver();
}

void ChildProcess::tellPipeLost(int childFD) {
  guarded("childConnectionLost",
          [&](ProcessProtocol& protocol) { protocol.childConnectionLost(childFD); });
}

/// The pipe behind one of the child's descriptors; null when there is none in this direction.
DescriptorConnection* ChildProcess::pipeOf(int childFD, ChildFD::Kind kind) const {
  if (usesTerminal_) return childFD == 0 ? pipes_.begin()->second.connection.get() : nullptr;
  const auto found = pipes_.find(childFD);
  if (found == pipes_.end() || found->second.kind != kind) return nullptr;
  return found->second.connection.get();
}

DescriptorConnection& ChildProcess::writtenPipe(int childFD) const {
  assertThread();
  if (auto* pipe = pipeOf(childFD, ChildFD::Kind::write)) return *pipe;
  throw std::logic_error(
      fmt::format("descriptor {} of the process is no pipe that is written to", childFD));
}

void ChildProcess::writeToChild(int childFD, BytesView data) {
  writtenPipe(childFD).write(data);
}

std::size_t ChildProcess::bufferedBytes() const {
  std::size_t size = 0;
  for (const auto& [childFD, pipe] : pipes_) size += pipe.connection->bufferedBytes();
  return size;
}

void ChildProcess::closeChildFD(int childFD) {
  assertThread();
  if (usesTerminal_) return;
  const auto found = pipes_.find(childFD);
  if (found != pipes_.end()) found->second.connection->loseConnection();
}

void ChildProcess::loseConnection() {
  assertThread();
  for (auto& [childFD, pipe] : pipes_) pipe.connection->loseConnection();
}

void ChildProcess::registerProducer(PushProducer& producer) {
  writtenPipe(0).registerProducer(producer);
}

void ChildProcess::registerProducer(PullProducer& producer) {
  writtenPipe(0).registerProducer(producer);
}

void ChildProcess::unregisterProducer() {
  writtenPipe(0).unregisterProducer();
}

void ChildProcess::pauseProducing() {
  assertThread();
  for (auto& [childFD, pipe] : pipes_) pipe.connection->pauseProducing();
}

void ChildProcess::resumeProducing() {
  assertThread();
  for (auto& [childFD, pipe] : pipes_) pipe.connection->resumeProducing();
}

// --- Signals ---------------------------------------------------------------------------

void ChildProcess::signalProcess(int signal) {
  assertThread();
  if (pid_ == 0) throw ProcessExitedAlready();
  if (::kill(pid_, signal) == 0) return;
  if (errno == ESRCH) throw ProcessExitedAlready();
  throw std::system_error(errno, std::system_category(),
                          fmt::format("cannot send signal {} to process {}", signal, pid_));
}

void ChildProcess::signalProcess(std::string_view name) {
  signalProcess(signalNumber(name));
}

// --- The end ---------------------------------------------------------------------------

void ChildProcess::watch() {
  UniqueDescriptor pidfd = openPidfd(pid_);
  if (pidfd) {
    ErrorCode error;
    pidfd_.emplace(loop_->context().get_executor()).assign(pidfd.get(), error);
    if (error) {
      pidfd_.reset();
    } else {
      pidfd.release();
    }
  }
  waitForExit();
}

/// Throws when there is no memory for it.
void ChildProcess::waitForExit() {
  const auto self = shared_from_this();
  if (pidfd_) {
    pidfd_->async_wait(pidfd_->wait_read, [self](ErrorCode error) {
      if (error) self->pidfd_.reset();  // what cannot be waited for is looked at
      self->reap();
    });
  } else {
    loop_->callLater(kPoll, [self] { self->reap(); });
  }
}

/// A child whose end would be told to nobody is ended.
void ChildProcess::awaitExit() {
  try {
    waitForExit();
  } catch (...) {
    logger().failure(Failure(), "cannot wait for it, the child is killed");
    exited(waitUntilItIsKilled());
  }
}

void ChildProcess::reap() {
  if (!loop_) return;
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
  if (reaped == 0) return awaitExit();
  exited(reaped == pid_ ? std::optional(status) : std::nullopt);
}

/// Returns its status, if nobody else has taken that.
std::optional<int> ChildProcess::waitUntilItIsKilled() {
  int status = 0;
  ::kill(pid_, SIGKILL);
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid_, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  return reaped == pid_ ? std::optional(status) : std::nullopt;
}

void ChildProcess::exited(const std::optional<int>& status) {
  pid_ = 0;
  pidfd_.reset();
  try {
    exitReason_ = reasonOf(status);
  } catch (...) {  // there is no memory for it
    exitReason_ = Failure();
  }
  tellExit();
}

/// What it has written before it exited is told first.
void ChildProcess::tellExit() {
  if (!loop_) return;
  if (hasNewsFromPipes() && turnsForOutput_-- > 0 && tellExitLater()) return;
  const auto self = shared_from_this();
  guarded("processExited",
          [&](ProcessProtocol& protocol) { protocol.processExited(*exitReason_); });
  exitTold_ = true;
  endIfAllIsOver();
}

/// False when there is no memory for it.
bool ChildProcess::tellExitLater() try {
  loop_->post("a process", [self = shared_from_this()] { self->tellExit(); });
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

bool ChildProcess::hasNewsFromPipes() const {
  return std::any_of(pipes_.begin(), pipes_.end(),
                     [](const auto& pipe) { return pipe.second.connection->hasNews(); });
}

void ChildProcess::endIfAllIsOver() {
  const bool pipesLost =
      std::all_of(pipes_.begin(), pipes_.end(), [](const auto& pipe) { return pipe.second.lost; });
  if (exitTold_ && pipesLost) over(*exitReason_);
}

void ChildProcess::over(const Failure& reason) {
  if (!loop_) return;
  unlink();
  guarded("processEnded", [&](ProcessProtocol& protocol) { protocol.processEnded(reason); });
  loop_ = nullptr;
  protocol_.reset();
}

void ChildProcess::end() {
  const auto self = shared_from_this();
  pidfd_.reset();
  over(Failure(ConnectionAborted("The reactor of the process has gone; the process lives on.")));
}

}  // namespace plait::detail
