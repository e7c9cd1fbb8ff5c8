#pragma once

#include <map>
#include <optional>
#include <plait/core/bytes.hpp>
#include <plait/core/reactor_process.hpp>
#include <plait/deferred/deferred.hpp>
#include <string>
#include <vector>

/// Programs that are run for what they print or how they exit. Twisted: `twisted.internet.utils`.
///
///     const plait::Bytes log = co_await plait::getProcessOutput(reactor, "git", {.args =
///     {"log"}});
///
/// Each runs a program with an empty standard input. What is wrong with it (no such program, say)
/// is the failure of the Deferred. Cancelling kills the program.
///
/// Thread: the reactor's only.
namespace plait {

struct ProcessOutputOptions {
  /// The arguments, without the program's name.
  std::vector<std::string> args = {};
  /// The environment; nullopt = ours.
  std::optional<std::map<std::string, std::string>> env = std::nullopt;
  /// The working folder; empty = ours. Twisted: `path`.
  std::string cwd = {};
  /// `getProcessOutput` takes standard error for output too.
  bool errortoo = false;
  /// A program that prints more bytes than this is killed (OutputTooLong); 0 = no limit.
  std::size_t maxOutput = 64 * 1024 * 1024;
};

/// What a program has printed, and its exit code.
struct ProcessOutput {
  Bytes out;
  Bytes err;
  int code = 0;
};

/// `getProcessOutput` without `errortoo`: the program has printed something on standard error.
/// Twisted: `_UnexpectedErrorOutput`.
struct UnexpectedErrorOutput : Error {
  UnexpectedErrorOutput(std::string_view executable, BytesView text);
};

/// More was printed than `ProcessOutputOptions::maxOutput`.
struct OutputTooLong : Error {
  OutputTooLong(std::string_view executable, std::size_t limit);
};

/// `getProcessOutputAndValue`: a signal has ended the program. Has what it had printed before.
struct ProcessSignalled : ProcessTerminated {
  ProcessSignalled(int signal, Bytes out, Bytes err);
  Bytes out;
  Bytes err;
};

/// What the program prints on standard output, when it has ended; how does not matter.
/// UnexpectedErrorOutput as soon as it prints on standard error, unless `errortoo`; its pipes are
/// closed then. Twisted: `getProcessOutput`.
Deferred<Bytes> getProcessOutput(ReactorProcess& reactor, std::string executable,
                                 ProcessOutputOptions options = {});

/// What the program prints, and its exit code. ProcessSignalled when a signal has ended it.
/// Twisted: `getProcessOutputAndValue`.
Deferred<ProcessOutput> getProcessOutputAndValue(ReactorProcess& reactor, std::string executable,
                                                 ProcessOutputOptions options = {});

/// The exit code of the program, whose output is thrown away. ProcessTerminated when a signal has
/// ended it. Twisted: `getProcessValue`.
Deferred<int> getProcessValue(ReactorProcess& reactor, std::string executable,
                              ProcessOutputOptions options = {});

}  // namespace plait
