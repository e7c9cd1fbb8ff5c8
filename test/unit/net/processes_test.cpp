#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <plait/deferred/process_output.hpp>
#include <plait/testing/deferred_results.hpp>

#include "support/process_test.hpp"
#include "support/without_pidfd.hpp"

namespace plait::testing {
namespace {

using Processes = ProcessTest;

// --- Its life --------------------------------------------------------------------------

TEST_F(Processes, TellTheirStoryInOrder) {
  script.made = [](Child&, ProcessTransport& transport) { transport.closeStdin(); };
  const auto child = run("cat; echo out; echo err >&2; exit 3");
  EXPECT_EQ(child->out, "out\n");
  EXPECT_EQ(child->err, "err\n");
  EXPECT_EQ(child->exitCode(), 3);
  EXPECT_EQ(child->events.front(), "made");
  EXPECT_EQ(child->events.size(), 8u) << ::testing::PrintToString(child->events);
  EXPECT_EQ(child->events.at(6), "exited");
  EXPECT_EQ(child->events.at(7), "ended");
}

TEST_F(Processes, AreMadeFromInsideOfTheCall) {
  const auto child = spawn("true");
  EXPECT_THAT(child->events, ElementsAre("made"));
  EXPECT_GT(child->transport->pid(), 0);
  runUntilEnded(child);
  EXPECT_TRUE(child->exited->check<ProcessDone>());
  EXPECT_TRUE(child->ended->check<ProcessDone>());
  EXPECT_EQ(child->transport->pid(), 0);
}

TEST_F(Processes, TellAllTheirOutputBeforeTheyAreSaidToHaveExited) {
  script.exited = [](Child& child) {
    EXPECT_EQ(child.out.size(), 60000u);
    EXPECT_EQ(child.err, "last words\n");
  };
  for (int round = 0; round < 10; ++round) {
    const auto child = run("head -c 60000 /dev/zero; echo last words >&2; kill -9 $$");
    EXPECT_EQ(child->signal(), SIGKILL);
  }
}

TEST_F(Processes, EndOnlyWhenAGrandchildHasClosedThePipes) {
  const auto child = shell("exec 3<&0; (read line <&3; echo $line) & exit 0");
  runUntil([&] { return child->exited.has_value(); });
  EXPECT_FALSE(child->ended);
  EXPECT_EQ(child->transport->pid(), 0);
  child->transport->write("the grandchild lives\n");
  runUntilEnded(child);
  EXPECT_EQ(child->out, "the grandchild lives\n");
}

TEST_F(Processes, AreReleasedWhenTheyHaveEnded) {
  const auto child = run("exit 0");
  std::weak_ptr<ProcessTransport> transport = child->transport;
  EXPECT_TRUE(child->protocol.expired());
  child->transport.reset();
  runUntil([&] { return transport.expired(); });
}

TEST_F(Processes, ManyAtATime) {
  std::vector<std::shared_ptr<Child>> all;
  for (int i = 0; i < 20; ++i) all.push_back(shell(fmt::format("read line; exit {}", i)));
  for (const auto& child : all) child->transport->write("go\n");
  for (const auto& child : all) runUntilEnded(child);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(all[std::size_t(i)]->exitCode(), i);
}

TEST_F(Processes, LeaveNoDescriptorsAndNoZombiesBehind) {
  const auto open = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  run("true");
  const auto before = open();
  for (int i = 0; i < 5; ++i) run("echo x; exit 1");
  EXPECT_THROW(spawn("/no/such"), std::system_error);
  EXPECT_EQ(open(), before);
  EXPECT_FALSE(hasChildren());
}

TEST_F(Processes, DoNotDisturbOtherChildrenOfTheProgram) {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(7);
  run("exit 0");
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(Processes, AreReapedWithoutPidfdsToo) {
  const WithoutPidfd without;
  const auto child = run("echo hello; exit 3");
  EXPECT_EQ(child->out, "hello\n");
  EXPECT_EQ(child->exitCode(), 3);
  EXPECT_EQ(child->events.back(), "ended");
}

TEST_F(Processes, EndThoughSomebodyElseHasTakenTheStatus) {
  const auto child = shell("read line; exit 3");
  const auto pid = static_cast<pid_t>(child->transport->pid());
  child->transport->write("go\n");
  runUntil([&] { return ::waitpid(pid, nullptr, WNOHANG) == pid || child->ended; });
  runUntilEnded(child);
  ASSERT_TRUE(child->ended->check<ProcessTerminated>());
}

TEST_F(Processes, RunForTheirOutput) {
  const auto text = getProcessOutput(reactor, "sh", {.args = {"-c", "cat; echo out"}});
  const auto both =
      getProcessOutputAndValue(reactor, "sh", {.args = {"-c", "echo out; echo err >&2; exit 3"}});
  const auto value = getProcessValue(reactor, "false");
  const auto endless =
      getProcessOutput(reactor, "cat", {.args = {"/dev/zero"}, .maxOutput = 99999});
  const auto cancelled = getProcessOutput(reactor, "sleep", {.args = {"1000"}});
  cancelled.cancel();
  failureResultOf<CancelledError>(cancelled);
  failureResultOf<std::system_error>(getProcessOutput(reactor, "/no/such"));
  runUntil([&] {
    return text.called() && both.called() && value.called() && endless.called() && !hasChildren();
  });
  EXPECT_EQ(successResultOf(text), "out\n");
  EXPECT_EQ(successResultOf(both).code, 3);
  EXPECT_EQ(successResultOf(value), 1);
  failureResultOf<OutputTooLong>(endless);
}

// --- Signals ---------------------------------------------------------------------------

TEST_F(Processes, AreSentSignalsByNumberAndByName) {
  const auto first = shell("read line");
  first->transport->signalProcess(SIGTERM);
  runUntilEnded(first);
  EXPECT_EQ(first->signal(), SIGTERM);
  EXPECT_THAT(first->ended->getErrorMessage(), HasSubstr("ended by signal 15"));
  for (const auto& [name, number] :
       {std::pair("KILL", SIGKILL), std::pair("HUP", SIGHUP), std::pair("SIGUSR1", SIGUSR1)}) {
    const auto child = shell("read line");
    child->transport->signalProcess(name);
    runUntilEnded(child);
    EXPECT_EQ(child->signal(), number);
  }
}

TEST_F(Processes, RefuseSignalsThatAreNoneAndThoseThatComeTooLate) {
  const auto child = shell("read line");
  EXPECT_THROW(child->transport->signalProcess("NONSENSE"), std::invalid_argument);
  EXPECT_THROW(child->transport->signalProcess(1000), std::system_error);
  child->transport->closeStdin();
  runUntilEnded(child);
  EXPECT_THROW(child->transport->signalProcess("KILL"), ProcessExitedAlready);
  EXPECT_THROW(child->transport->signalProcess(0), ProcessExitedAlready);
}

// --- Exceptions and the reactor's end --------------------------------------------------

TEST_F(Processes, AreKilledWhenTheirProtocolThrows) {
  const auto oops = [](auto&&...) { throw std::runtime_error("oops"); };
  std::vector<ProcessScript> scripts(3);
  scripts[0].made = oops;
  scripts[1].out = oops;
  scripts[2].lost = oops;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    script = scripts[i];
    const auto child = shell("echo hello; exec 2>&-; read line");
    runUntilEnded(child);
    EXPECT_EQ(child->signal(), SIGKILL) << "round " << i;
  }
  EXPECT_TRUE(captured.hasFailure("oops"));
  EXPECT_EQ(captured.count(LogLevel::error, "connectionMade threw, the child is killed"), 1u);
}

TEST_F(Processes, MayThrowAtTheirEnd) {
  script.exited = [](Child&) { throw std::runtime_error("in processExited"); };
  script.ended = [](Child&) { throw std::runtime_error("in processEnded"); };
  const auto child = run("exit 0");
  EXPECT_TRUE(captured.hasFailure("in processExited"));
  EXPECT_TRUE(captured.hasFailure("in processEnded"));
}

TEST_F(Processes, AStopOfTheReactorClosesTheirPipesAndDoesNotWaitForThem) {
  const auto child = spawn("sleep", {.args = {"sleep", "1000"}});
  const auto pid = static_cast<pid_t>(child->transport->pid());
  reactor.stop();
  runUntil([&] { return !reactor.running(); });
  EXPECT_FALSE(child->exited);
  EXPECT_EQ(::kill(pid, 0), 0) << "it was killed";
  EXPECT_THAT(child->events, ::testing::Contains("outLost"));
  reactor.startRunning();  // it goes on watching it
  child->transport->signalProcess("KILL");
  runUntilEnded(child);
  EXPECT_EQ(child->signal(), SIGKILL);
}

TEST_F(Processes, OutliveTheirReactor) {
  for (const bool inTurn : {false, true}) {
    auto own = std::make_unique<Reactor>(kNoSignals);
    auto child = std::make_shared<Child>();
    child->transport =
        own->spawnProcess(std::make_shared<ScriptedProcess>(child, script), "/bin/cat");
    const auto pid = static_cast<pid_t>(child->transport->pid());
    if (inTurn) plait::testing::runWhatIsReady(*own);
    child->transport->write("x");
    own.reset();
    EXPECT_FALSE(child->exited);
    ASSERT_TRUE(child->ended);
    EXPECT_TRUE(child->ended->check<ConnectionAborted>());
    child->transport->write("nobody");
    child->transport->loseConnection();
    child->transport->signalProcess("KILL");
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  }
}

}  // namespace
}  // namespace plait::testing
