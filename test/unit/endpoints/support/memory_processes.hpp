#pragma once

#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/core/process_protocol.hpp>
#include <plait/core/reactor_process.hpp>
#include <plait/core/reactor_stdio.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <system_error>
#include <vector>

namespace plait::testing {

/// A child process that a test plays.
class MemoryProcess final : public ProcessTransport {
 public:
  MemoryProcess(std::shared_ptr<ProcessProtocol> protocol, std::string executable,
                ProcessOptions options)
      : protocol(std::move(protocol)),
        executable(std::move(executable)),
        options(std::move(options)) {}

  std::int64_t pid() const override { return ended ? 0 : 1234; }
  void writeToChild(int childFD, BytesView data) override {
    if (childFD == 0 && !inputClosed) input += data;
  }
  std::size_t bufferedBytes() const override { return input.size(); }
  void closeChildFD(int childFD) override {
    if (childFD == 0) inputClosed = true;
  }
  void loseConnection() override {
    ++losses;
    inputClosed = true;
  }
  void signalProcess(int signal) override {
    if (ended) throw ProcessExitedAlready();
    signals.push_back(signal);
  }
  void signalProcess(std::string_view) override { signalProcess(SIGTERM); }
  void registerProducer(PushProducer&) override {}
  void registerProducer(PullProducer& producer) override {
    pull = &producer;
    producer.resumeProducing();
  }
  void unregisterProducer() override { pull = nullptr; }
  void pauseProducing() override { paused = true; }
  void resumeProducing() override { paused = false; }

  // --- What the test does ------------------------------------------------------------------

  /// Takes what was written to its input.
  Bytes read() {
    Bytes taken = std::exchange(input, {});
    if (pull) pull->resumeProducing();
    return taken;
  }
  void write(int childFD, BytesView data) { protocol->childDataReceived(childFD, data); }
  void close(int childFD) { protocol->childConnectionLost(childFD); }
  void end(Failure reason) {
    ended = true;
    protocol->processExited(reason);
    protocol->processEnded(reason);
    protocol.reset();
  }

  std::shared_ptr<ProcessProtocol> protocol;
  std::string executable;
  ProcessOptions options;
  Bytes input;
  PullProducer* pull = nullptr;
  std::vector<int> signals;
  int losses = 0;
  bool inputClosed = false;
  bool paused = false;
  bool ended = false;
};

/// A MemoryReactor that also has processes and standard input and output.
struct EverythingReactor : MemoryReactor, ReactorProcess, ReactorStdio {
  using MemoryReactor::MemoryReactor;

  std::shared_ptr<ProcessTransport> spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                 std::string executable,
                                                 ProcessOptions options) override {
    if (failure) throw *failure;
    processes.push_back(std::make_shared<MemoryProcess>(std::move(protocol), std::move(executable),
                                                        std::move(options)));
    const auto process = processes.back();
    process->protocol->makeConnection(process);
    return process;
  }

  /// Joins the protocol with `terminal`, in memory.
  std::shared_ptr<Transport> standardIO(std::shared_ptr<Protocol> protocol,
                                        StandardIOOptions options) override {
    if (failure) throw *failure;
    stdioOptions = options;
    wire = std::make_unique<MemoryConnection>(
        *this, std::move(protocol), terminal,
        MemoryConnection::Options{.client = Address(), .server = Address(), .log = &log()});
    return wire->server().shared_from_this();
  }
  std::shared_ptr<Transport> openSerialPort(std::string, std::shared_ptr<Protocol>,
                                            SerialOptions) override {
    throw std::logic_error("there is no serial port");
  }

  std::optional<std::system_error> failure;  ///< what both throw
  std::vector<std::shared_ptr<MemoryProcess>> processes;
  std::shared_ptr<RecordingProtocol> terminal = std::make_shared<RecordingProtocol>();
  std::unique_ptr<MemoryConnection> wire;
  StandardIOOptions stdioOptions;
};

}  // namespace plait::testing
