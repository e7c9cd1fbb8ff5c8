#pragma once

#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/core/process_protocol.hpp>
#include <plait/core/reactor_process.hpp>
#include <stdexcept>
#include <system_error>

namespace plait::testing {

/// A process that does what a test says, and records what is done to it.
class ScriptedProcess final : public ProcessTransport {
 public:
  std::shared_ptr<ProcessProtocol> protocol;
  std::string executable;
  ProcessOptions options;
  bool inputClosed = false;
  bool closed = false;
  int signal = 0;

  void end(Failure reason) {
    pid_ = 0;
    const auto told = std::exchange(protocol, nullptr);
    told->processExited(reason);
    told->processEnded(reason);
  }
  void exit(int code) {
    if (code == 0) return end(Failure(ProcessDone()));
    end(Failure(ProcessTerminated(code, std::nullopt)));
  }

  std::int64_t pid() const override { return pid_; }
  void writeToChild(int, BytesView) override {}
  std::size_t bufferedBytes() const override { return 0; }
  void closeChildFD(int childFD) override { inputClosed |= childFD == 0; }
  void loseConnection() override { closed = true; }
  void signalProcess(int number) override {
    if (pid_ == 0) throw ProcessExitedAlready();
    signal = number;
  }
  void signalProcess(std::string_view name) override {
    signalProcess(name == "KILL" ? SIGKILL : SIGTERM);
  }
  void registerProducer(PushProducer&) override {}
  void registerProducer(PullProducer&) override {}
  void unregisterProducer() override {}
  void pauseProducing() override {}
  void resumeProducing() override {}

 private:
  std::int64_t pid_ = 4711;
};

/// A reactor that spawns such processes only.
class ScriptedProcesses final : public ReactorProcess {
 public:
  std::vector<std::shared_ptr<ScriptedProcess>> all;
  bool refuse = false;

  ScriptedProcess& last() { return *all.at(all.size() - 1); }

  std::shared_ptr<ProcessTransport> spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                 std::string executable,
                                                 ProcessOptions options) override {
    if (refuse) {
      throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory),
                              "cannot run " + executable);
    }
    auto process = std::make_shared<ScriptedProcess>();
    process->protocol = protocol;
    process->executable = std::move(executable);
    process->options = std::move(options);
    all.push_back(process);
    protocol->makeConnection(process);
    return process;
  }
};

}  // namespace plait::testing
