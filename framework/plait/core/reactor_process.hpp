#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <plait/core/process_protocol.hpp>
#include <string>
#include <variant>
#include <vector>

namespace plait {

/// What a descriptor of a child is.
struct ChildFD {
  enum class Kind {
    read,     ///< a pipe that we read ("r" in Twisted)
    write,    ///< a pipe that we write to ("w")
    inherit,  ///< our descriptor `descriptor`
  };
  Kind kind;
  int descriptor = -1;

  static ChildFD read() { return {Kind::read}; }
  static ChildFD write() { return {Kind::write}; }
  static ChildFD inherit(int descriptor) { return {Kind::inherit, descriptor}; }
};

/// Options of `spawnProcess`.
struct ProcessOptions {
  /// The arguments, the program's name first; empty = the executable alone.
  std::vector<std::string> args = {};
  /// The environment; nullopt = ours. (Twisted: empty unless told.)
  std::optional<std::map<std::string, std::string>> env = std::nullopt;
  /// The working folder; empty = ours. Twisted: `path`.
  std::string cwd = {};
  /// User and group to run as; unset = ours. Needs the rights to change them.
  std::optional<std::uint32_t> uid = std::nullopt;
  std::optional<std::uint32_t> gid = std::nullopt;
  /// Runs it on a pseudo-terminal, which is its standard input, output and error, and its
  /// controlling terminal, in a session of its own. `childFDs` is ignored.
  bool usePTY = false;
  /// Its descriptors; others are closed in it.
  std::map<int, ChildFD> childFDs = {
      {0, ChildFD::write()}, {1, ChildFD::read()}, {2, ChildFD::read()}};
  /// Bytes buffered for the child, see TransportOptions.
  std::size_t writeBufferLimit = 64 * 1024 * 1024;
};

/// Child processes. Twisted: `IReactorProcess`.
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
                                                         ProcessOptions options = {}) = 0;
};

}  // namespace plait
