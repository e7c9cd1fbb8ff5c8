#pragma once

#include <map>
#include <plait/core/process_protocol.hpp>
#include <plait/core/reactor_process.hpp>
#include <plait/net/detail/descriptor_connection.hpp>

namespace plait::detail {

/// A child process and its pipes. It keeps itself, and its protocol, until the protocol has been
/// told that it ended.
///
/// A pidfd tells that it has exited (Linux 5.3 and newer); without one, a look every 20 ms.
/// No handler of SIGCHLD is needed, so that whatever else of the program starts children is not
/// disturbed; but who waits for just any child (`waitpid(-1)`), or ignores SIGCHLD, takes the exit
/// status away.
class ChildProcess final : public ProcessTransport,
                           public LoopMember,
                           public std::enable_shared_from_this<ChildProcess> {
 public:
  ChildProcess(Loop& loop, std::shared_ptr<ProcessProtocol> protocol);

  /// Runs it. Throws what `spawnProcess` does.
  void spawn(std::string executable, const ProcessOptions& options);

  std::int64_t pid() const override { return pid_; }
  void writeToChild(int childFD, BytesView data) override;
  std::size_t bufferedBytes() const override;
  void closeChildFD(int childFD) override;
  void loseConnection() override;
  void signalProcess(int signal) override;
  void signalProcess(std::string_view name) override;
  void registerProducer(PushProducer& producer) override;
  void registerProducer(PullProducer& producer) override;
  void unregisterProducer() override;
  void pauseProducing() override;
  void resumeProducing() override;

  /// Its pipes are told themselves, and nobody waits for it.
  void shutDown() override {}
  /// The reactor has gone; the child lives on.
  void end() override;

  // --- For its pipes -----------------------------------------------------------------------------

  void dataFromChild(int childFD, BytesView data);
  void pipeLost(int childFD, const Failure& reason);

 private:
  struct Pipe {
    ChildFD::Kind kind;
    std::shared_ptr<DescriptorConnection> connection;
    bool lost = false;
  };

  void begin();
  void takeBack();
  void watch();
  void waitForExit();
  void awaitExit();
  void reap();
  std::optional<int> waitUntilItIsKilled();
  void exited(const std::optional<int>& status);
  void tellExit();
  bool tellExitLater();
  void endIfAllIsOver();
  void over(const Failure& reason);

  bool hasNewsFromPipes() const;
  void tellPipeLost(int childFD);
  DescriptorConnection* pipeOf(int childFD, ChildFD::Kind kind) const;
  DescriptorConnection& writtenPipe(int childFD) const;
  template <class F>
  void guarded(const char* what, F&& call);
  Logger logger() const;
  void assertThread() const {
    if (loop_) loop_->assertThread();
  }

  Loop* loop_;  // null when it is over
  std::shared_ptr<ProcessProtocol> protocol_;
  std::map<int, Pipe> pipes_;
  bool usesTerminal_ = false;
  pid_t pid_ = 0;        // 0 once reaped
  pid_t startedAs_ = 0;  // in log lines
  // None once reaped: the transport may outlive the context.
  std::optional<asio::posix::basic_stream_descriptor<Executor>> pidfd_;
  std::optional<Failure> exitReason_;
  bool exitTold_ = false;
  int turnsForOutput_;
};

}  // namespace plait::detail
