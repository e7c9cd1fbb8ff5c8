#pragma once

#include <sys/wait.h>

#include <plait/core/process_protocol.hpp>

#include "support/net_test.hpp"

namespace plait::testing {

/// What a test sees of one child process; outlives its protocol.
struct Child {
  std::shared_ptr<ProcessTransport> transport;
  std::weak_ptr<ProcessProtocol> protocol;
  Bytes out;
  Bytes err;
  std::map<int, Bytes> other;  // from other descriptors
  Events events;               // without repetitions
  int made = 0;
  int exits = 0;
  int ends = 0;
  std::optional<Failure> exited;
  std::optional<Failure> ended;

  void note(const std::string& what) {
    if (events.empty() || events.back() != what) events.push_back(what);
  }
  int exitCode() const {
    if (ended->check<ProcessDone>()) return 0;
    const auto* terminated = ended->check<ProcessTerminated>();
    return terminated ? terminated->exitCode.value_or(-1) : -2;
  }
  int signal() const {
    const auto* terminated = ended->check<ProcessTerminated>();
    return terminated ? terminated->signal.value_or(0) : 0;
  }
};

/// What a protocol does in its callbacks, besides recording them.
struct ProcessScript {
  std::function<void(Child&, ProcessTransport&)> made = {};
  std::function<void(Child&, BytesView)> out = {};
  std::function<void(Child&, int)> lost = {};
  std::function<void(Child&)> exited = {};
  std::function<void(Child&)> ended = {};
};

class ScriptedProcess final : public ProcessProtocol {
 public:
  ScriptedProcess(std::shared_ptr<Child> child, ProcessScript script)
      : child_(std::move(child)), script_(std::move(script)) {}

  void connectionMade() override {
    child_->note("made");
    ++child_->made;
    if (script_.made) script_.made(*child_, transport());
  }
  void childDataReceived(int childFD, BytesView data) override {
    if (childFD > 2) {
      child_->note(fmt::format("data {}", childFD));
      child_->other[childFD] += data;
    }
    ProcessProtocol::childDataReceived(childFD, data);
  }
  void outReceived(BytesView data) override {
    child_->note("out");
    child_->out += data;
    if (script_.out) script_.out(*child_, data);
  }
  void errReceived(BytesView data) override {
    child_->note("err");
    child_->err += data;
  }
  void childConnectionLost(int childFD) override {
    if (childFD > 2) child_->note(fmt::format("lost {}", childFD));
    ProcessProtocol::childConnectionLost(childFD);
    if (script_.lost) script_.lost(*child_, childFD);
  }
  void inConnectionLost() override { child_->note("inLost"); }
  void outConnectionLost() override { child_->note("outLost"); }
  void errConnectionLost() override { child_->note("errLost"); }
  void processExited(const Failure& reason) override {
    child_->note("exited");
    ++child_->exits;
    child_->exited = reason;
    if (script_.exited) script_.exited(*child_);
  }
  void processEnded(const Failure& reason) override {
    child_->note("ended");
    ++child_->ends;
    child_->ended = reason;
    if (script_.ended) script_.ended(*child_);
  }
  std::string logPrefix() const override { return "Scripted"; }

 private:
  std::shared_ptr<Child> child_;
  ProcessScript script_;
};

/// True while the program has children, also ended ones; leaves them as they are.
inline bool hasChildren() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// Spawns processes of /bin with scripted protocols.
class ProcessTest : public NetTest {
 protected:
  std::shared_ptr<Child> spawn(std::string executable, ProcessOptions options = {}) {
    auto child = std::make_shared<Child>();
    const auto protocol = std::make_shared<ScriptedProcess>(child, script);
    child->protocol = protocol;
    child->transport = reactor.spawnProcess(protocol, std::move(executable), std::move(options));
    return child;
  }
  std::shared_ptr<Child> shell(const std::string& command, ProcessOptions options = {}) {
    options.args = {"sh", "-c", command};
    return spawn("/bin/sh", std::move(options));
  }
  /// Spawns a shell, and waits for its end.
  std::shared_ptr<Child> run(const std::string& command, ProcessOptions options = {}) {
    auto child = shell(command, std::move(options));
    runUntilEnded(child);
    return child;
  }
  bool runUntilEnded(const std::shared_ptr<Child>& child) {
    return runUntil([&] { return child->ended.has_value(); });
  }

  ProcessScript script;
};

}  // namespace plait::testing
