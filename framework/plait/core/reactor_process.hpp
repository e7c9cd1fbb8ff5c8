#pragma once

#include <memory>
#include <string>

namespace plait {

class ProcessProtocol;
class ProcessTransport;
struct ProcessOptions;

/// Child processes; <plait/core/process_protocol.hpp> has what it takes to start one. Twisted:
/// `IReactorProcess`.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorProcess {
 public:
  virtual ~ReactorProcess() = default;

  /// Runs `executable` (found along PATH if it has no '/': that of `ProcessOptions::env`, or ours).
  /// What is wrong with it is thrown from here: std::system_error that names the executable, the
  /// folder or the user; std::invalid_argument for names and arguments that cannot be passed on.
  ///
  /// When the reactor stops, its pipes are closed as by `loseConnection`, and nobody waits for it
  /// or ends it: kill it in a trigger before shutdown if it must not live on. If it exits while the
  /// reactor drains, or runs again, that is told. If the reactor is destroyed before,
  /// `processEnded` is told ConnectionAborted, and reaping the child is left to the program.
  ///
  /// Its signals are as usual, whatever ours are. Reaping needs no handler of SIGCHLD; if somebody
  /// else takes the exit status (`waitpid(-1)`, or SIGCHLD ignored), ProcessTerminated has none.
  virtual std::shared_ptr<ProcessTransport> spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                         std::string executable,
                                                         ProcessOptions options) = 0;
  /// The same, with all options as they are by default.
  std::shared_ptr<ProcessTransport> spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                 std::string executable);
};

}  // namespace plait
