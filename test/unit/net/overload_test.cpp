#include <sys/socket.h>

#include "support/net_test.hpp"

/// A reactor that has more to do, or to keep, than it should.
namespace plait::testing {
namespace {

// --- Write budget ------------------------------------------------------------------------

class WriteBudgetTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBudget = 16 * kMegabyte;

  WriteBudgetTest() { reactor.startRunning(); }

  RawPeer connectRaw(std::size_t written) {
    server->script.made = [written](Connection& c) { c.transport->write(Bytes(written, 'x')); };
    const std::size_t before = server->connections.size();
    RawPeer peer(port->getHost(), 4096);
    runUntil(reactor, [&] { return server->connections.size() > before; });
    return peer;
  }

  CapturedLog captured;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  Reactor reactor{
      ReactorOptions{.log = &captured.log, .writeBudget = kBudget, .installSignalHandlers = false}};
  std::shared_ptr<ListeningPort> port = reactor.listenTCP(
      0, server, {.interface = "127.0.0.1", .transport = {.writeBufferLimit = 0}});
};

TEST_F(WriteBudgetTest, EndsThoseThatReadNothingAndNobodyElse) {
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  RawPeer honest = connectRaw(1000);
  std::vector<RawPeer> greedy;
  for (int i = 0; i < 6; ++i) greedy.push_back(connectRaw(10 * kMegabyte));
  const auto lost = [&](std::size_t i) { return server->connections[i]->lost > 0; };
  runUntil(reactor, [&] {
    std::size_t count = 0;
    for (std::size_t i = 1; i < server->connections.size(); ++i) count += lost(i);
    return count >= 4;
  });
  EXPECT_FALSE(lost(0));
  EXPECT_GE(captured.count(LogLevel::warn, "above the budget of"), 1u);
  honest.send("still there?");
  runUntil(reactor, [&] {
    honest.receiveAll();
    return honest.received.size() == 1000 + 12;
  });
}

// --- Stalls ------------------------------------------------------------------------------

class StallTest : public ::testing::Test {
 protected:
  explicit StallTest(std::optional<Duration> limit = 1ns)
      : reactor(ReactorOptions{
            .log = &captured.log, .stallLimit = limit, .installSignalHandlers = false}) {
    reactor.startRunning();
  }
  std::size_t told(std::string_view text) const {
    const auto lines = captured.lines();
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
          return line.message.find("held the reactor up") != std::string::npos &&
                 (line.source + ": " + line.message).find(text) != std::string::npos;
        }));
  }

  CapturedLog captured;
  Reactor reactor;
};

/// A delayed call that is not just a lambda.
struct Nap {
  bool* done;
  void operator()() const { *done = true; }
};

TEST_F(StallTest, OfADelayedCallNamesItsType) {
  bool done = false;
  reactor.callLater(0ms, Nap{&done});
  runUntil(reactor, [&] { return done; });
  EXPECT_EQ(told("a delayed call (plait::testing::(anonymous namespace)::Nap)"), 1u);
}

TEST_F(StallTest, OfACallFromAThreadIsTold) {
  bool done = false;
  reactor.callFromThread([&] { done = true; });
  runUntil(reactor, [&] { return done; });
  EXPECT_EQ(told("a call from a thread"), 1u);
}

TEST_F(StallTest, OfBuildProtocolAndAProtocolIsTold) {
  auto server = ScriptedFactory::make();
  const auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  peer.send("x");
  runUntil(reactor, [&] { return told("dataReceived") > 0; });
  EXPECT_GE(told("buildProtocol"), 1u);
  EXPECT_GE(told("connectionMade"), 1u);
}

TEST_F(StallTest, OfADatagramIsTold) {
  struct Receiver : DatagramProtocol {
    void datagramReceived(BytesView, const Address&) override {}
  };
  const auto port = reactor.listenUDP(0, std::make_shared<Receiver>(), {.interface = "127.0.0.1"});
  port->write("x", port->getHost());
  runUntil(reactor, [&] { return told("datagramReceived") > 0; });
}

class NoStallTest : public StallTest {
 protected:
  NoStallTest() : StallTest(Duration::zero()) {}
};

TEST_F(NoStallTest, IsToldWhenTheLimitIsZero) {
  bool done = false;
  reactor.callLater(0ms, Nap{&done});
  runUntil(reactor, [&] { return done; });
  EXPECT_EQ(told(""), 0u);
}

// --- Destroyed where it must not be ------------------------------------------------------

TEST(ReactorDeath, InACallbackNamesTheMistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto destroyInCallback = [] {
    auto reactor = std::make_unique<Reactor>(kNoSignals);
    reactor->callLater(0s, [&] { reactor.reset(); });
    reactor->run();
  };
  EXPECT_DEATH(destroyInCallback(), "destroyed inside of one of its callbacks");
}

// --- Fair turns --------------------------------------------------------------------------

class FairTurns : public ServerTest {};

TEST_F(FairTurns, OneThatSendsWithoutEndStarvesNeitherOthersNorTimers) {
  server->script.data = [](Connection& c, BytesView data) {
    c.transport->write(data.substr(0, 1));
  };
  RawPeer flood = connectRaw();
  RawPeer polite = connectRaw();
  const Bytes much(kMegabyte, 'f');
  bool timer = false;
  reactor.callLater(1ms, [&] { timer = true; });
  polite.send("p");
  runUntil([&] {
    // As much as the system takes, after each turn: there is always something to read.
    ::send(flood.socket(), much.data(), much.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    flood.receiveAll();
    polite.receiveAll();
    return timer && polite.received == "p";
  });
  EXPECT_GT(server->connections[0]->received.size(), 0u);
}

}  // namespace
}  // namespace plait::testing
