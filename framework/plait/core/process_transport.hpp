#pragma once

#include <cstdint>
#include <plait/core/bytes.hpp>
#include <plait/core/producer.hpp>
#include <string_view>

namespace plait {

/// A child process: what a ProcessProtocol writes to. Writing and flow control are those of the
/// pipe to its standard input. Twisted: `IProcessTransport`.
///
/// Valid for as long as anybody holds it; when the process has ended, what would change it is a
/// silent no-op, but for `signalProcess`.
///
/// Thread: its reactor's only.
class ProcessTransport : public PushProducer {
 public:
  /// The child's process ID; 0 once it was reaped.
  virtual std::int64_t pid() const = 0;

  /// Writes to the child's standard input.
  void write(BytesView data) { writeToChild(0, data); }
  /// Writes to its descriptor `childFD`, a pipe "w" of `ProcessOptions::childFDs`; std::logic_error
  /// when it is none.
  virtual void writeToChild(int childFD, BytesView data) = 0;
  /// Bytes written to all its descriptors and not taken yet.
  virtual std::size_t bufferedBytes() const = 0;

  /// Closes a pipe: one we write to when what is buffered has been written, one we read at once.
  virtual void closeChildFD(int childFD) = 0;
  void closeStdin() { closeChildFD(0); }
  void closeStdout() { closeChildFD(1); }
  void closeStderr() { closeChildFD(2); }
  /// Closes all pipes, as above. It sends no signal.
  virtual void loseConnection() = 0;

  /// Sends a signal, by number or by name ("KILL", "TERM", "INT", "HUP", "STOP", ...).
  /// ProcessExitedAlready when it has ended; std::invalid_argument for an unknown name;
  /// std::system_error when the system refuses.
  virtual void signalProcess(int signal) = 0;
  virtual void signalProcess(std::string_view name) = 0;

  /// Producers write to its standard input, as on a Transport.
  virtual void registerProducer(PushProducer& producer) = 0;
  virtual void registerProducer(PullProducer& producer) = 0;
  virtual void unregisterProducer() = 0;

  /// Pauses reading of all pipes that are read.
  void pauseProducing() override = 0;
  void resumeProducing() override = 0;
  /// The same as `loseConnection()`.
  void stopProducing() override { loseConnection(); }
};

}  // namespace plait
