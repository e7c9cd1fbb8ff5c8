#include "support/process_test.hpp"
#include "support/raw_pipe.hpp"

namespace plait::testing {
namespace {

class ProcessPipes : public ProcessTest {};

TEST_F(ProcessPipes, CarryMuchThroughACat) {
  const Bytes data = pattern(5 * kMegabyte);
  script.made = [&](Child&, ProcessTransport& transport) {
    transport.write(data);
    transport.closeStdin();
  };
  const auto child = spawn("cat");
  EXPECT_GT(child->transport->bufferedBytes(), 0u);
  runUntilEnded(child);
  EXPECT_TRUE(child->out == data);
  EXPECT_EQ(child->transport->bufferedBytes(), 0u);
  EXPECT_TRUE(child->ended->check<ProcessDone>());
}

TEST_F(ProcessPipes, OnAnyDescriptor) {
  ProcessOptions options;
  options.childFDs = {{1, ChildFD::read()}, {4, ChildFD::write()}, {7, ChildFD::read()}};
  const auto child = shell("read line <&4; echo seven: $line >&7; echo one", options);
  child->transport->writeToChild(4, "hello\n");
  EXPECT_THROW(child->transport->writeToChild(7, "x"), std::logic_error);
  EXPECT_THROW(child->transport->writeToChild(9, "x"), std::logic_error);
  EXPECT_THROW(child->transport->write("x"), std::logic_error);
  runUntilEnded(child);
  EXPECT_EQ(child->out, "one\n");
  EXPECT_EQ(child->other[7], "seven: hello\n");
  EXPECT_THAT(child->events, ::testing::IsSupersetOf({"lost 4", "lost 7", "outLost"}));
}

TEST_F(ProcessPipes, HandOverDescriptorsOfOurs) {
  RawPipe ours;
  RawPipe other;
  ProcessOptions options;
  // Crosswise, so that each is in another's way.
  options.childFDs = {{ours.in.get(), ChildFD::inherit(other.in.get())},
                      {other.in.get(), ChildFD::inherit(ours.in.get())},
                      {1, ChildFD::inherit(ours.in.get())},
                      {2, ChildFD::read()}};
  const auto child = shell(
      // Not ">&12": there are shells whose descriptors have one digit.
      fmt::format("echo a; echo b >/proc/self/fd/{}; echo c >/proc/self/fd/{}", ours.in.get(),
                  other.in.get()),
      options);
  ours.in.close();
  other.in.close();
  runUntilEnded(child);
  EXPECT_TRUE(ours.out.ended());
  EXPECT_TRUE(other.out.ended());
  EXPECT_EQ(ours.out.received, "a\nc\n");
  EXPECT_EQ(other.out.received, "b\n");
}

TEST_F(ProcessPipes, NoneAtAll) {
  const auto child = run("exit 5", {.childFDs = {}});
  EXPECT_EQ(child->exitCode(), 5);
  EXPECT_THAT(child->events, ElementsAre("made", "exited", "ended"));
}

TEST_F(ProcessPipes, ClosedByTheChildAreToldWhileItRuns) {
  const auto child = shell("exec 0<&-; exec 1>&-; exec 2>&-; exec sleep 1000");
  runUntil([&] { return child->events.size() == 4; });
  EXPECT_THAT(child->events,
              ::testing::UnorderedElementsAre("made", "inLost", "outLost", "errLost"));
  child->transport->write("nobody");
  child->transport->signalProcess("KILL");
  runUntilEnded(child);
}

TEST_F(ProcessPipes, ClosedByUsAreToldAndTheChildNotices) {
  const auto child = shell("trap '' PIPE; read line; echo x; echo status $? >&2");
  child->transport->closeStdout();
  child->transport->closeChildFD(9);  // there is none
  runUntil([&] { return child->events.back() == "outLost"; });
  child->transport->write("go\n");
  runUntilEnded(child);
  EXPECT_EQ(child->out, "");
  EXPECT_THAT(child->err, HasSubstr("status "));
}

TEST_F(ProcessPipes, ClosingItsErrorsLeavesItsOutput) {
  const auto child = shell("trap '' PIPE; read line; echo x >&2; echo status $?");
  child->transport->closeStderr();
  runUntil([&] { return child->events.back() == "errLost"; });
  child->transport->write("go\n");
  runUntilEnded(child);
  EXPECT_EQ(child->err, "");
  EXPECT_THAT(child->out, HasSubstr("status "));
  EXPECT_THAT(child->out, ::testing::Not(HasSubstr("status 0")));
}

TEST_F(ProcessPipes, LoseConnectionClosesAllOnceTheInputIsOut) {
  const Bytes data = pattern(kMegabyte);
  const auto child =
      shell("wc -c >&5; exit 0", {.childFDs = {{0, ChildFD::write()}, {5, ChildFD::read()}}});
  child->transport->write(data);
  child->transport->closeStdin();
  runUntilEnded(child);
  EXPECT_THAT(child->other[5], HasSubstr("1000000"));

  const auto second = shell("cat > /dev/null; exit 6");
  second->transport->write(data);
  second->transport->loseConnection();
  runUntilEnded(second);
  EXPECT_EQ(second->exitCode(), 6);
}

TEST_F(ProcessPipes, WritingAfterTheEndIsIgnored) {
  const auto child = run("exit 0");
  child->transport->write("nobody");
  child->transport->writeToChild(0, "nobody");
  child->transport->closeStdin();
  child->transport->pauseProducing();
  child->transport->resumeProducing();
  child->transport->unregisterProducer();
  child->transport->loseConnection();
  runWhatIsReady();
  EXPECT_EQ(child->transport->bufferedBytes(), 0u);
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_F(ProcessPipes, PauseAndResumeTogether) {
  script.made = [](Child&, ProcessTransport& transport) { transport.pauseProducing(); };
  const auto child = shell("echo out; echo err >&2; exit 0");
  runUntil([&] { return child->exited.has_value(); });
  EXPECT_EQ(child->out + child->err, "");
  EXPECT_FALSE(child->ended);
  child->transport->resumeProducing();
  runUntilEnded(child);
  EXPECT_EQ(child->out, "out\n");
  EXPECT_EQ(child->err, "err\n");
}

/// Writes a megabyte in pieces, as fast as it may.
class Source final : public PushProducer {
 public:
  explicit Source(ProcessTransport& to) : to_(to) {}

  void produce() {
    while (!paused && left_ > 0) {
      to_.write(Bytes(10000, 's'));
      left_ -= 10000;
      most = std::max(most, to_.bufferedBytes());
    }
    if (left_ > 0) return;
    to_.unregisterProducer();
    to_.closeStdin();
  }
  void pauseProducing() override { paused = true; }
  void resumeProducing() override {
    paused = false;
    produce();
  }
  void stopProducing() override { stopped = true; }

  bool paused = false;
  bool stopped = false;
  std::size_t most = 0;

 private:
  ProcessTransport& to_;
  std::size_t left_ = kMegabyte;
};

TEST_F(ProcessPipes, ThrottleAProducer) {
  const auto child = spawn("wc", {.args = {"wc", "-c"}});
  Source source(*child->transport);
  child->transport->registerProducer(source);
  source.produce();
  EXPECT_TRUE(source.paused);
  runUntilEnded(child);
  EXPECT_THAT(child->out, HasSubstr("1000000"));
  EXPECT_LE(source.most, 80u * 1024);
}

TEST_F(ProcessPipes, StopAProducerWhoseChildHasGone) {
  const auto child = shell("exit 0");
  Source source(*child->transport);
  child->transport->registerProducer(source);
  source.produce();
  runUntilEnded(child);
  EXPECT_TRUE(source.stopped);
  Source late(*child->transport);
  child->transport->registerProducer(late);
  EXPECT_TRUE(late.stopped);
}

TEST_F(ProcessPipes, TooMuchForAChildThatDoesNotReadClosesItsInput) {
  const auto child = shell("exec sleep 1000", {.writeBufferLimit = kMegabyte});
  for (int i = 0; i < 3; ++i) child->transport->write(Bytes(kMegabyte, 'x'));
  runUntil([&] { return child->events.back() == "inLost"; });
  child->transport->signalProcess("KILL");
  runUntilEnded(child);
}

TEST_F(ProcessPipes, JoinTwoProcesses) {
  const auto sink = spawn("wc", {.args = {"wc", "-c"}});
  script.out = [&](Child&, BytesView data) { sink->transport->write(data); };
  script.ended = [&](Child&) { sink->transport->closeStdin(); };
  const auto source = spawn("head", {.args = {"head", "-c", "3000000", "/dev/zero"}});
  runUntilEnded(sink);
  EXPECT_THAT(sink->out, HasSubstr("3000000"));
}

}  // namespace
}  // namespace plait::testing
