#include <sys/wait.h>

#include <plait/core/errors.hpp>
#include <plait/core/process_protocol.hpp>

#include "support/raw_pipe.hpp"
#include "support/short_of_memory.hpp"

/// The same for children and for connections over descriptors. A child either does not start, which
/// is thrown, or its protocol is told of one start and of one end; none is left behind.
namespace plait::testing {
namespace {

/// What a protocol was told; outlives it.
struct ChildTally {
  int made = 0;
  int exited = 0;
  int ended = 0;
};

struct Greeting : ProcessProtocol {
  explicit Greeting(ChildTally& tally) : tally(tally) {}
  void connectionMade() override {
    ++tally.made;
    transport().write("hello");
    transport().closeStdin();
  }
  void processExited(const Failure&) override { ++tally.exited; }
  void processEnded(const Failure&) override { ++tally.ended; }
  ChildTally& tally;
};

bool hasChildren() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

ProcessOptions shell(const char* command) {
  return {.args = {"sh", "-c", command}};
}

void failEachAllocationOf(const ProcessOptions& options) {
  failEachAllocation([&](std::size_t nth) {
    ChildTally tally;
    Reactor reactor(ReactorOptions{.log = &quiet(), .installSignalHandlers = false});
    reactor.startRunning();
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      try {
        reactor.spawnProcess(std::make_shared<Greeting>(tally), "/bin/sh", options);
      } catch (const std::bad_alloc&) {
        EXPECT_EQ(tally.made, 0);
      }
      runUntil(reactor, [&] { return tally.ended == tally.made; });
      happened = failing.happened();
    }
    EXPECT_LE(tally.made, 1);
    EXPECT_EQ(tally.exited, tally.made);
    EXPECT_EQ(tally.ended, tally.made);
    EXPECT_FALSE(hasChildren());

    ChildTally next;
    reactor.spawnProcess(std::make_shared<Greeting>(next), "/bin/sh", options);
    runUntil(reactor, [&] { return next.ended == 1; });
    return happened;
  });
}

TEST(FailingProcessAllocations, OfAChildThatEchoes) {
  failEachAllocationOf(shell("exec cat"));
}

TEST(FailingProcessAllocations, OfAChildOnATerminal) {
  ProcessOptions options = shell("echo hello");
  options.usePTY = true;
  failEachAllocationOf(options);
}

/// Echoes what it reads, to the end.
struct PipeEchoer : Echoer {
  void connectionMade() override { transport().registerProducer(transport()); }
};

TEST(FailingProcessAllocations, OfPipes) {
  failEachAllocation([](std::size_t nth) {
    Tally tally;
    Reactor reactor(ReactorOptions{.log = &quiet(), .installSignalHandlers = false});
    reactor.startRunning();
    RawPipe there, back;
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      try {
        reactor.standardIO(std::make_shared<Tallied<PipeEchoer>>(tally),
                           {.input = there.out.get(), .output = back.in.get()});
      } catch (const std::bad_alloc&) {
      }
      there.in.send("hello");
      there.in.close();
      runUntil(reactor, [&] { return tally.lost == tally.made; });
      happened = failing.happened();
    }
    EXPECT_LE(tally.made, 1);
    return happened;
  });
}

}  // namespace
}  // namespace plait::testing
