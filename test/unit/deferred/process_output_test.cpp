#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/deferred/process_output.hpp>
#include <plait/testing/deferred_results.hpp>

#include "support/scripted_processes.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GetProcessOutput : public ::testing::Test {
 protected:
  void print(BytesView data) { process().protocol->childDataReceived(1, data); }
  void complain(BytesView data) { process().protocol->childDataReceived(2, data); }
  ScriptedProcess& process() { return reactor.last(); }

  ScriptedProcesses reactor;
};

using GetProcessOutputAndValue = GetProcessOutput;
using GetProcessValue = GetProcessOutput;

TEST_F(GetProcessOutput, IsWhatWasPrintedWhenItHasEnded) {
  const auto output =
      getProcessOutput(reactor, "date", {.args = {"-u"}, .env = {{{"LANG", "C"}}}, .cwd = "/tmp"});
  EXPECT_EQ(process().executable, "date");
  EXPECT_THAT(process().options.args, ElementsAre("date", "-u"));
  EXPECT_EQ(process().options.env->at("LANG"), "C");
  EXPECT_EQ(process().options.cwd, "/tmp");
  EXPECT_TRUE(process().inputClosed);
  print("to");
  print("day");
  EXPECT_FALSE(output.called());
  process().exit(0);
  EXPECT_EQ(successResultOf(output), "today");
}

TEST_F(GetProcessOutput, DoesNotMindHowItEnded) {
  const auto output = getProcessOutput(reactor, "x");
  print("some");
  process().exit(3);
  EXPECT_EQ(successResultOf(output), "some");
}

TEST_F(GetProcessOutput, FailsOnStandardError) {
  const auto output = getProcessOutput(reactor, "x");
  complain("no such\n");
  const auto failure = failureResultOf<UnexpectedErrorOutput>(output);
  EXPECT_EQ(failure.getErrorMessage(), "x has printed on standard error: no such\n");
  EXPECT_TRUE(process().closed);
  complain("and again");
  print("late");
  process().exit(1);
}

TEST_F(GetProcessOutput, MayHaveStandardErrorToo) {
  const auto output = getProcessOutput(reactor, "x", {.errortoo = true});
  print("a");
  complain("b");
  print("c");
  process().exit(0);
  EXPECT_EQ(successResultOf(output), "abc");
}

TEST_F(GetProcessOutput, FailsWithWhatSpawnProcessThrows) {
  reactor.refuse = true;
  const auto failure = failureResultOf<std::system_error>(getProcessOutput(reactor, "x"));
  EXPECT_THAT(failure.getErrorMessage(), HasSubstr("cannot run x"));
}

TEST_F(GetProcessOutput, FailsWhenItIsTooMuch) {
  const auto output = getProcessOutput(reactor, "yes", {.maxOutput = 10});
  print("1234567890");
  EXPECT_FALSE(output.called());
  print("1");
  EXPECT_EQ(failureResultOf<OutputTooLong>(output).getErrorMessage(),
            "yes has printed more than 10 bytes");
  EXPECT_EQ(process().signal, SIGKILL);
  print("more");
  process().exit(0);
}

TEST_F(GetProcessOutput, HasNoLimitOfZero) {
  const auto output = getProcessOutput(reactor, "x", {.maxOutput = 0});
  print("much");
  process().exit(0);
  EXPECT_EQ(successResultOf(output), "much");
}

TEST_F(GetProcessOutput, CancelledKillsTheProgram) {
  const auto output = getProcessOutput(reactor, "x");
  output.cancel();
  EXPECT_EQ(process().signal, SIGKILL);
  EXPECT_TRUE(process().closed);
  failureResultOf<CancelledError>(output);
  print("late");
  process().exit(0);
}

TEST_F(GetProcessOutput, CancelledWhenItHasExitedIsCancelled) {
  const auto output = getProcessOutput(reactor, "x");
  const auto protocol = process().protocol;  // a grandchild holds the pipes
  process().protocol = std::make_shared<ProcessProtocol>();
  process().exit(0);
  output.cancel();
  failureResultOf<CancelledError>(output);
  protocol->processEnded(Failure(ProcessDone()));
}

TEST_F(GetProcessOutput, FailsWhenTheReactorGoes) {
  const auto output = getProcessOutput(reactor, "x");
  process().end(Failure(ConnectionAborted()));
  failureResultOf<ConnectionAborted>(output);
}

TEST_F(GetProcessOutput, GoesOnThoughNobodyKeepsTheDeferred) {
  Bytes got;
  getProcessOutput(reactor, "x").addCallback([&](Bytes output) { got = std::move(output); });
  print("here");
  process().exit(0);
  EXPECT_EQ(got, "here");
}

TEST_F(GetProcessOutputAndValue, IsBothStreamsAndTheExitCode) {
  const auto output = getProcessOutputAndValue(reactor, "x");
  print("out");
  complain("err");
  process().exit(3);
  const ProcessOutput all = successResultOf(output);
  EXPECT_EQ(all.out, "out");
  EXPECT_EQ(all.err, "err");
  EXPECT_EQ(all.code, 3);
}

TEST_F(GetProcessOutputAndValue, FailsWithAllThatWhenASignalEndsIt) {
  const auto output = getProcessOutputAndValue(reactor, "x");
  print("out");
  complain("err");
  process().end(Failure(ProcessTerminated(std::nullopt, SIGSEGV)));
  const auto failure = failureResultOf<ProcessTerminated>(output);
  const auto* signalled = failure.check<ProcessSignalled>();
  ASSERT_TRUE(signalled);
  EXPECT_EQ(signalled->signal, SIGSEGV);
  EXPECT_EQ(signalled->out, "out");
  EXPECT_EQ(signalled->err, "err");
}

TEST_F(GetProcessOutputAndValue, LimitsBothStreamsTogether) {
  const auto output = getProcessOutputAndValue(reactor, "x", {.maxOutput = 10});
  print("123456");
  complain("12345");
  failureResultOf<OutputTooLong>(output);
  process().exit(0);
}

TEST_F(GetProcessValue, IsTheExitCode) {
  for (const int code : {0, 7}) {
    const auto value = getProcessValue(reactor, "x", {.maxOutput = 1});
    print("thrown away");
    complain("that too");
    process().exit(code);
    EXPECT_EQ(successResultOf(value), code);
  }
}

TEST_F(GetProcessValue, FailsWhenASignalEndsIt) {
  const auto value = getProcessValue(reactor, "x");
  process().end(Failure(ProcessTerminated(std::nullopt, SIGKILL)));
  failureResultOf<ProcessTerminated>(value);
}

TEST_F(GetProcessValue, FailsWhenTheStatusIsUnknown) {
  const auto value = getProcessValue(reactor, "x");
  process().end(Failure(ProcessTerminated(std::nullopt, std::nullopt)));
  failureResultOf<ProcessTerminated>(value);
}

}  // namespace
}  // namespace plait::testing
