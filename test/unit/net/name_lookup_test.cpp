#include "support/held_lookup.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class NameLookup : public NetTest {
 protected:
  std::shared_ptr<Connector> connectTo(std::string host, std::uint16_t port,
                                       ConnectOptions options = {}) {
    return reactor.connectTCP(std::move(host), port, client, options);
  }

  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
};

TEST_F(NameLookup, ConnectsToLocalhost) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connectTo("localhost", port->getHost().port());
  EXPECT_EQ(toString(connector->getDestination()),
            fmt::format("localhost:{}", port->getHost().port()));
  runUntil([&] { return server->connected() && client->connected(); });
  EXPECT_EQ(client->last().transport->getPeer(), port->getHost());
}

TEST_F(NameLookup, AnUnknownNameIsADNSLookupError) {
  connectTo("no-such-host.invalid", 1);
  EXPECT_EQ(client->failures, 0);
  runUntil([&] { return client->failures == 1; });
  ASSERT_TRUE(client->failed->check<DNSLookupError>());
  EXPECT_THAT(client->failed->getErrorMessage(),
              ::testing::StartsWith("cannot look up no-such-host.invalid: "));
  EXPECT_EQ(client->numPorts(), 0);
}

TEST_F(NameLookup, TriesTheAddressesOneAfterTheOther) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  HeldLookup lookup({"127.0.0.2", "127.0.0.1"});  // nobody listens on the first
  connectTo("two.held", port->getHost().port());
  lookup.release();
  runUntil([&] { return client->connected(); });
  EXPECT_EQ(client->last().transport->getPeer(), port->getHost());
  EXPECT_EQ(client->failures, 0);
}

TEST_F(NameLookup, ReportsTheLastFailureWhenAllAddressesFail) {
  const auto port = unusedPort();
  HeldLookup lookup({"127.0.0.2", "127.0.0.1"});
  connectTo("two.held", port);
  lookup.release();
  runUntil([&] { return client->failures == 1; });
  EXPECT_TRUE(client->failed->check<ConnectionRefusedError>());
}

TEST_F(NameLookup, ManyGoOnAtTheSameTimeAndNoneIsLost) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  constexpr std::size_t kConnections = 50;
  for (std::size_t i = 0; i < kConnections; ++i) connectTo("localhost", port->getHost().port());
  runUntil([&] {
    return client->connections.size() + static_cast<std::size_t>(client->failures) == kConnections;
  });
  EXPECT_EQ(client->failures, 0);
}

TEST_F(NameLookup, TheTimeoutCoversIt) {
  HeldLookup lookup({"127.0.0.1"});
  connectTo("slow.held", unusedPort(), {.timeout = 10ms});
  runUntil([&] { return client->failures == 1; });
  EXPECT_TRUE(client->failed->check<TimeoutError>());
}

TEST_F(NameLookup, TheReactorGoesOnMeanwhile) {
  HeldLookup lookup;
  connectTo("slow.held", 1);
  bool ran = false;
  reactor.callLater(0s, [&] { ran = true; });
  runUntil([&] { return ran; });
  EXPECT_EQ(client->failures, 0);
}

TEST_F(NameLookup, ItsResultIsDroppedWhenNobodyWantsItAnyMore) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  HeldLookup lookup({"127.0.0.1"});
  auto connector = connectTo("slow.held", port->getHost().port());
  runUntil([&] { return lookup.waiting() == 1; });
  connector->stopConnecting();
  EXPECT_EQ(client->failures, 1);
  lookup.release();
  runUntil([&] { return lookup.waiting() == 0; });
  RawPeer later(port->getHost());
  runUntil([&] { return server->connected(); });
  EXPECT_EQ(server->connections.size(), 1u);
  EXPECT_EQ(client->connections.size(), 0u);
}

TEST_F(NameLookup, AnOldResultDoesNotAnswerANewAttempt) {
  HeldLookup lookup;  // will find nothing
  auto connector = connectTo("slow.held", 1);
  runUntil([&] { return lookup.waiting() == 1; });
  connector->stopConnecting();
  connector->connect();
  runUntil([&] { return lookup.waiting() == 2; });
  lookup.release();
  runUntil([&] { return client->failures == 2; });
  runWhatIsReady();
  EXPECT_EQ(client->failures, 2);
}

TEST_F(NameLookup, AReactorThatStopsDoesNotWaitForIt) {
  HeldLookup lookup;
  Reactor other(kNoSignals);
  other.connectTCP("slow.held", 1, client);
  other.callWhenRunning([&] { other.stop(); });
  other.run();
  EXPECT_EQ(client->failures, 1);
}

TEST_F(NameLookup, AReactorThatIsDestroyedDoesNotWaitForItEither) {
  HeldLookup lookup({"127.0.0.1"});
  auto forgotten = ScriptedFactory::make();
  {
    Reactor other(kNoSignals);
    for (int i = 0; i < 10; ++i) other.connectTCP("slow.held", 1, forgotten);  // some still queue
    plait::testing::runUntil(other, [&] { return lookup.waiting() > 0; });
  }
  EXPECT_EQ(forgotten->failures, 10);
}  // the threads come back after the reactor has gone, and must not touch it

}  // namespace
}  // namespace plait::testing
