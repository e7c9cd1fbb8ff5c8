#include <gmock/gmock.h>

#include <plait/deferred/deferred.hpp>
#include <plait/line/line_dialogue.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/string_transport.hpp>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

using testing::StringTransport;
using namespace std::chrono_literals;

/// Says what the test has it say, and notes how it ended.
struct Scripted : LineDialogue {
  using Script = Deferred<void> (*)(Scripted&);
  explicit Scripted(Script script) : script(script) {}
  Deferred<void> dialogue() override { return script(*this); }
  Deferred<Bytes> line() { return lines.next(); }

  Script script;
  std::vector<std::string> seen;
  Deferred<void> gate;
};

struct LineDialogueTest : ::testing::Test {
  std::shared_ptr<Scripted> start(Scripted::Script script) {
    auto protocol = std::make_shared<Scripted>(script);
    protocol->makeConnection(transport);
    started.push_back(protocol);
    return protocol;
  }
  void TearDown() override {  // every connection ends
    for (const auto& weak : started) {
      if (const auto protocol = weak.lock()) lose(*protocol);
    }
  }
  void lose(Scripted& protocol) {
    if (transport) transport->setConnected(false);
    protocol.connectionLost(connectionDone());
  }
  std::vector<std::weak_ptr<Scripted>> started;
  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
};

Deferred<void> collect(Scripted& self) {
  try {
    for (;;) self.seen.push_back(co_await self.line());
  } catch (const ConnectionDone&) {
    self.seen.push_back("done");
    throw;
  }
}

TEST_F(LineDialogueTest, TakesLinesOneByOne) {
  const auto protocol = start(collect);
  protocol->dataReceived("one\r\ntwo\r\nth");
  protocol->dataReceived("ree\r\n");
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(transport->reading(), StringTransport::Reading::producing);
  lose(*protocol);
  EXPECT_EQ(protocol->seen.back(), "done");
}

TEST_F(LineDialogueTest, ClosesWhenTheCoroutineReturns) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    self.sendLine("What's your name?");
    self.sendLine("Welcome, " + co_await self.line() + "!");
  });
  EXPECT_FALSE(transport->disconnecting());
  protocol->dataReceived("Ada\r\n");
  EXPECT_EQ(transport->value(), "What's your name?\r\nWelcome, Ada!\r\n");
  EXPECT_TRUE(transport->disconnecting());
}

TEST_F(LineDialogueTest, ClosesWhenTheCoroutineReturnsAtOnce) {
  start([](Scripted& self) -> Deferred<void> {
    self.sendLine("Busy.");
    co_return;
  });
  EXPECT_TRUE(transport->disconnecting());
}

TEST_F(LineDialogueTest, LosesTheConnectionWithWhatTheCoroutineThrows) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    co_await self.line();
    throw std::runtime_error("no such word");
  });
  protocol->dataReceived("xyzzy\r\n");
  ASSERT_TRUE(transport->reason());
  EXPECT_EQ(transport->reason()->getErrorMessage(), "no such word");
}

TEST_F(LineDialogueTest, ReadsNothingWhileNobodyWaits) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    self.seen.push_back(co_await self.line());
    co_await self.gate;
    self.seen.push_back(co_await self.line());
    self.seen.push_back(co_await self.line());
  });
  protocol->dataReceived("one\r\ntwo\r\nthree\r\n");
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one"}));
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  protocol->gate.callback();
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(LineDialogueTest, ReadsNothingBeforeItIsWanted) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    co_await self.gate;
    self.seen.push_back(co_await self.line());
  });
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  protocol->gate.callback();
  EXPECT_EQ(transport->reading(), StringTransport::Reading::producing);
}

TEST_F(LineDialogueTest, CancelsWhatIsAwaitedWhenTheConnectionIsLost) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    try {
      co_await self.gate;
    } catch (const CancelledError&) {
      self.seen.push_back("cancelled");
      throw;
    }
  });
  lose(*protocol);
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"cancelled"}));
  EXPECT_TRUE(protocol->gate.called());
}

TEST_F(LineDialogueTest, CancelsWhatIsAwaitedThoughALineIsAskedFor) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    auto next = self.line();
    try {
      co_await self.gate;
    } catch (const CancelledError&) {
      self.seen.push_back("cancelled");
    }
    next.addErrback([](const Failure&) { return Bytes(); });
  });
  lose(*protocol);
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"cancelled"}));
}

TEST_F(LineDialogueTest, DeliversNothingUnaskedWhenAnotherConnectionResumesIt) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    self.seen.push_back(co_await self.line());
    co_await self.gate;
    self.seen.push_back(co_await self.line());
  });
  protocol->dataReceived("one\r\ntwo\r\n");
  protocol->resumeProducing();
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one"}));
  protocol->gate.callback();
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one", "two"}));
}

TEST_F(LineDialogueTest, LivesUntilTheCoroutineHasEnded) {
  auto protocol = start([](Scripted& self) -> Deferred<void> {
    const Deferred<void> gate = self.gate;
    for (int i = 0; i < 2; ++i) {
      try {
        co_await self.line();
      } catch (const ConnectionClosed&) {
      }
    }
    co_await gate;
    self.seen.push_back("cleaned up");
  });
  Deferred<void> gate = protocol->gate;
  const std::weak_ptr<Scripted> alive = protocol;
  lose(*protocol);
  protocol.reset();
  transport.reset();
  EXPECT_FALSE(alive.expired());
  gate.callback();
  EXPECT_TRUE(alive.expired());
}

TEST_F(LineDialogueTest, AllowsOneWaiterAtATime) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    const Deferred<Bytes> first = self.line();
    EXPECT_THROW(self.line(), std::logic_error);
    self.seen.push_back(co_await first);
  });
  protocol->dataReceived("one\r\n");
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one"}));
}

TEST_F(LineDialogueTest, LosesNoLineToACancelledWait) {
  const auto protocol = start([](Scripted& self) -> Deferred<void> {
    const Deferred<Bytes> unwanted = self.line();
    unwanted.cancel();
    unwanted.addErrback([](const Failure& why) { why.trap<CancelledError>(); });
    co_await self.gate;
    self.seen.push_back(co_await self.line());
  });
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  protocol->dataReceived("one\r\n");
  protocol->gate.callback();
  EXPECT_EQ(protocol->seen, (std::vector<std::string>{"one"}));
}

/// A dialogue with an await of each kind, for losing the connection at each of them.
Deferred<void> longDialogue(Scripted& self) {
  self.sendLine("hello");
  co_await self.transport().drained();
  const Bytes first = co_await self.line();
  co_await self.gate;
  const Bytes second = co_await self.line();
  self.sendLine(first + second);
  co_await self.transport().drained();
  self.seen.push_back("end");
}

TEST_F(LineDialogueTest, EndsCleanlyWhereverTheConnectionIsLost) {
  for (int step = 0; step <= 6; ++step) {
    transport = std::make_shared<StringTransport>();
    transport->setBufferedBytes(1);
    auto protocol = start(longDialogue);
    const std::weak_ptr<Scripted> alive = protocol;
    if (step > 0) transport->setBufferedBytes(0);
    if (step > 1) protocol->dataReceived("a\r\n");
    if (step > 2) protocol->gate.callback();
    if (step > 4) transport->setBufferedBytes(1);
    if (step > 3) protocol->dataReceived("b\r\n");
    if (step > 5) transport->setBufferedBytes(0);
    lose(*protocol);
    transport.reset();
    EXPECT_EQ(protocol->seen.size(), step > 5 || step == 4 ? 1u : 0u) << step;
    protocol.reset();
    EXPECT_TRUE(alive.expired()) << "after step " << step;
  }
}

TEST_F(LineDialogueTest, TalksOverAConnection) {
  testing::Clock clock;
  auto server = std::make_shared<Scripted>([](Scripted& self) -> Deferred<void> {
    for (;;) {
      const Bytes line = co_await self.line();
      if (line == "QUIT") break;
      self.sendLine("you said " + line);
      co_await self.transport().drained();
    }
    self.sendLine("bye");
  });
  auto client = std::make_shared<Scripted>([](Scripted& self) -> Deferred<void> {
    for (const char* word : {"one", "two", "QUIT"}) {
      self.sendLine(word);
      self.seen.push_back(co_await self.line());
    }
  });
  testing::RecordedLog log;
  testing::MemoryConnection::Options options;
  options.largestChunk = 1;
  options.log = &log.log;
  testing::MemoryConnection connection(clock, server, client, options);
  connection.flush();
  EXPECT_EQ(client->seen, (std::vector<std::string>{"you said one", "you said two", "bye"}));
  EXPECT_TRUE(log.failures().empty());
  EXPECT_FALSE(server->connected());
  EXPECT_FALSE(client->connected());
}

}  // namespace
}  // namespace plait
