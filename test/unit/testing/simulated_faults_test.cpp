#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/errors.hpp>

#include "../support/pattern.hpp"
#include "support/simulated_test.hpp"

/// What goes wrong in a simulated network: by call, and by chance.
namespace plait::testing {
namespace {

class SimulatedFaults : public SimulatedTest {
 protected:
  /// The error of the system that a connection was lost by.
  static std::error_code errorOf(const RecordingProtocol& protocol) {
    const auto* lost = protocol.reason ? protocol.reason->check<ConnectionLost>() : nullptr;
    return lost ? lost->osError : std::error_code();
  }
  /// How an attempt to connect fails.
  std::string failureOf(const std::string& host, std::uint16_t port, ConnectOptions options = {}) {
    const auto clients = std::make_shared<RecordingFactory>();
    client.connectTCP(host, port, clients, options);
    network.runUntil([&] { return !clients->failures.empty() || !clients->made.empty(); });
    return clients->failures.empty() ? "connected" : clients->failures[0].typeName();
  }
  /// The server waits for room: its client does not read.
  Ends connectToOneThatDoesNotRead() {
    const Ends ends = connect();
    ends.client->transport().pauseProducing();
    ends.server->transport().write(pattern(1'000'000));
    network.runFor(1s);
    EXPECT_GT(ends.server->transport().bufferedBytes(), 0u);
    return ends;
  }
  /// A client that is connected, which the server does not know yet.
  std::shared_ptr<RecordingFactory> connectUnaccepted(const RecordingFactory& servers) {
    auto clients = std::make_shared<RecordingFactory>();
    client.connectTCP("server", 7, clients);
    EXPECT_TRUE(network.runUntil([&] { return clients->made.size() == 1; }));
    EXPECT_EQ(servers.made.size(), 0u);
    return clients;
  }
};

// --- Partitions ------------------------------------------------------------------------

TEST_F(SimulatedFaults, APartitionDelaysAStreamUntilItIsRepaired) {
  auto ends = connect();
  network.partition(server, client);
  ends.client->transport().write("wait for it");
  network.runFor(10min);
  EXPECT_EQ(ends.server->data, "");
  network.repair(server, client);
  network.runFor(2s);
  EXPECT_EQ(ends.server->data, "wait for it");
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedFaults, ASenderGivesUpAPeerThatIsSilent) {
  auto ends = connect();
  network.partition(server, client);
  ends.client->transport().write("is there anybody?");
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_EQ(errorOf(*ends.client), std::errc::timed_out);
  EXPECT_EQ(network.now().time_since_epoch() / 1min, 15);
  network.runFor(1s);
  EXPECT_EQ(ends.server->lost, 0);  // it is half open, and knows nothing
  network.repair(server, client);
  network.runFor(1h);
  EXPECT_EQ(ends.server->lost, 0);
  ends.server->transport().write("hello?");
  EXPECT_TRUE(runUntilLost(*ends.server));
  EXPECT_EQ(errorOf(*ends.server), std::errc::connection_reset);
}

TEST_F(SimulatedFaults, KeepAliveFindsAPeerThatIsSilent) {
  auto ends = connect();
  ends.client->transport().setTcpKeepAlive(true, {.idle = 60s, .interval = 10s, .probes = 6});
  network.crash(server);
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_EQ(errorOf(*ends.client), std::errc::timed_out);
  EXPECT_EQ(network.now().time_since_epoch() / 1s, 120);
}

TEST_F(SimulatedFaults, HoldAndReleaseKeepEverythingInItsOrder) {
  auto ends = connect();
  network.hold(server, client);
  ends.client->transport().write("one, ");
  network.runFor(1h);
  ends.client->transport().write("two");
  network.runFor(1h);
  EXPECT_EQ(ends.server->data, "");
  network.release(server, client);
  network.runFor(1ms);
  EXPECT_EQ(ends.server->data, "one, two");
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedFaults, AHeldUnixConnectGoesOn) {
  const auto port = server.listenUNIX("/run/x", std::make_shared<RecordingFactory>());
  const auto clients = std::make_shared<RecordingFactory>();
  network.hold(server, server);
  server.connectUNIX("/run/x", clients, {.timeout = std::nullopt});
  network.runFor(1s);
  EXPECT_EQ(clients->made.size(), 0u);
  network.release(server, server);
  network.runFor(1h);
  ASSERT_EQ(clients->made.size(), 1u);
  clients->made[0]->transport().loseConnection();
  port->stopListening();
}

// --- Writers that wait -----------------------------------------------------------------

TEST_F(SimulatedFaults, AWriterThatWaitsGivesUpWhenItsPeersHostHasCrashed) {
  const Ends ends = connectToOneThatDoesNotRead();
  network.crash(client);
  EXPECT_TRUE(network.runUntil([&] { return ends.server->lost > 0; }, 3h));
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionLost");
}

TEST_F(SimulatedFaults, AWriterThatWaitsFindsOutWhenAnAbortWasLost) {
  const Ends ends = connectToOneThatDoesNotRead();
  network.partition(client, server);
  ends.client->transport().abortConnection();
  network.runFor(10s);
  network.repair(client, server);
  EXPECT_TRUE(network.runUntil([&] { return ends.server->lost > 0; }, 3h));
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionLost");
}

// --- Ends ------------------------------------------------------------------------------

TEST_F(SimulatedFaults, AResetIsToldToBothEnds) {
  auto ends = connect();
  network.resetConnections(server, client);
  EXPECT_EQ(errorOf(*ends.server), std::errc::connection_reset);
  EXPECT_EQ(errorOf(*ends.client), std::errc::connection_reset);
}

TEST_F(SimulatedFaults, ACrashIsToldToNobodyElse) {
  auto ends = connect();
  server.callLater(1s, [] { FAIL() << "the host has crashed"; });
  network.crash(server);
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionAborted");
  network.runFor(1h);
  EXPECT_EQ(lossOf(*ends.client), "still connected");
  network.restart(server);
  EXPECT_TRUE(server.running());
  ends.client->transport().write("are you the one I knew?");
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_EQ(errorOf(*ends.client), std::errc::connection_reset);
}

TEST_F(SimulatedFaults, WhoConnectsDuringACrashIsToldNothing) {
  class ConnectsAgain : public RecordingFactory {
   public:
    explicit ConnectsAgain(std::function<void()> connect) : connect_(std::move(connect)) {}
    void clientConnectionLost(Connector&, const Failure&) override { connect_(); }

   private:
    std::function<void()> connect_;
  };
  listen();
  const auto late = std::make_shared<RecordingFactory>();
  client.connectTCP("server", 7,
                    std::make_shared<ConnectsAgain>([&] { client.connectTCP("server", 7, late); }));
  network.runFor(1s);
  network.crash(client);
  network.runFor(1h);
  client.connectTCP("server", 7, late);  // nor does it later, while the host is down
  network.restart(client);
  network.runFor(1h);
  EXPECT_EQ(late->made.size() + late->failures.size(), 0u);
  network.resetConnections(server, client);
}

TEST_F(SimulatedFaults, AnAttemptOfAStoppingHostEndsWithItsCrash) {
  const auto clients = std::make_shared<RecordingFactory>();
  const Ends ends = connect();
  ends.client->transport().pauseProducing();
  client.stop();
  network.runFor(1ms);
  client.connectTCP("server", 7, clients);
  network.crash(client);
  network.restart(client);
  network.runFor(1h);
  EXPECT_EQ(clients->failures.size(), 0u);
  network.resetConnections(server, client);
}

TEST_F(SimulatedFaults, FromACallbackACrashComesBehindIt) {
  auto ends = connect();
  bool returned = false;
  server.callLater(1s, [&] {
    network.crash(server);
    EXPECT_EQ(ends.server->lost, 0);
    returned = true;
  });
  network.runFor(2s);
  EXPECT_TRUE(returned);
  EXPECT_EQ(ends.server->lost, 1);
  ends.client->transport().abortConnection();
}

TEST_F(SimulatedFaults, AnOrderlyCloseDestroysNoReply) {
  auto ends = connect();
  ends.server->transport().pauseProducing();
  ends.client->transport().write(pattern(500'000));  // nobody will read it
  network.runFor(1s);
  ends.server->transport().write(pattern(100'000));
  ends.server->transport().loseConnection();
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_TRUE(ends.client->data == pattern(100'000));
  EXPECT_EQ(lossOf(*ends.client), "plait::ConnectionDone");
}

/// The other end of one that closes, and goes on as if it did not notice.
class Stubborn : public RecordingProtocol, public HalfCloseableProtocol {
 public:
  void readConnectionLost() override {}
  void writeConnectionLost() override {}
};

TEST_F(SimulatedFaults, WhoDoesNotCloseIsResetInTheEnd) {
  const auto servers = listen();
  const auto stubborn = std::make_shared<Stubborn>();
  class Factory : public ClientFactory {
   public:
    explicit Factory(std::shared_ptr<Protocol> protocol) : protocol_(std::move(protocol)) {}
    std::shared_ptr<Protocol> buildProtocol(const Address&) override { return protocol_; }

   private:
    std::shared_ptr<Protocol> protocol_;
  };
  client.connectTCP("server", 7, std::make_shared<Factory>(stubborn));
  network.runUntil([&] { return !servers->made.empty(); });
  servers->made[0]->transport().loseConnection();
  network.runFor(4s);
  stubborn->transport().write("is read and thrown away");
  network.runFor(500ms);
  EXPECT_EQ(stubborn->lost, 0);
  network.runFor(1s);  // now nobody lingers any more
  stubborn->transport().write("nobody is there");
  EXPECT_TRUE(runUntilLost(*stubborn));
  EXPECT_EQ(errorOf(*stubborn), std::errc::connection_reset);
}

TEST_F(SimulatedFaults, WhoEndsTheLingeringWithInputUnreadResets) {
  network.setLink(server, client, {.bandwidth = 100'000});
  auto ends = connect();
  ends.client->transport().write(pattern(3'000'000));
  ends.server->transport().loseConnection();  // reads on for five seconds, no more
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionDone");
  EXPECT_EQ(errorOf(*ends.client), std::errc::connection_reset);
}

TEST_F(SimulatedFaults, SegmentsMayFindAReset) {
  auto ends = connect();
  network.setLink(server, client, {.resets = 1});
  ends.client->transport().write("x");
  EXPECT_TRUE(runUntilLost(*ends.client));
  EXPECT_EQ(errorOf(*ends.server), std::errc::connection_reset);
  EXPECT_EQ(ends.server->data, "");
}

TEST_F(SimulatedFaults, SegmentsMayStall) {
  auto ends = connect();
  network.setLink(server, client, {.stalls = 1, .longestStall = 1h});
  ends.client->transport().write("x");
  network.runFor(1s);
  EXPECT_EQ(ends.server->data, "");
  network.runFor(1h);
  EXPECT_EQ(ends.server->data, "x");
  ends.client->transport().loseConnection();
}

// --- Connecting ------------------------------------------------------------------------

TEST_F(SimulatedFaults, NobodyListening) {
  EXPECT_EQ(failureOf("server", 8), "plait::ConnectionRefusedError");
}

TEST_F(SimulatedFaults, NoSuchHost) {
  EXPECT_EQ(failureOf("10.9.9.9", 7), "plait::NoRouteError");
  EXPECT_EQ(failureOf("nowhere", 7), "plait::DNSLookupError");
}

TEST_F(SimulatedFaults, ConnectsMayBeRefused) {
  listen();
  network.setLink(server, client, {.refusals = 1});
  EXPECT_EQ(failureOf("server", 7), "plait::ConnectionRefusedError");
}

TEST_F(SimulatedFaults, ConnectsMayComeToNothing) {
  listen();
  network.setLink(server, client, {.lostConnects = 1});
  EXPECT_EQ(failureOf("server", 7), "plait::TimeoutError");
  EXPECT_EQ(failureOf("server", 7, {.timeout = std::nullopt}), "plait::TCPTimedOutError");
}

TEST_F(SimulatedFaults, AConnectOutlivesAShortPartition) {
  const auto servers = listen();
  network.partition(server, client);
  const auto clients = std::make_shared<RecordingFactory>();
  client.connectTCP("server", 7, clients);
  network.runFor(5s);
  network.repair(server, client);
  network.runFor(5s);
  ASSERT_EQ(clients->made.size(), 1u);
  EXPECT_EQ(servers->made.size(), 1u);
  clients->made[0]->transport().loseConnection();
}

TEST_F(SimulatedFaults, AConnectionThatNobodyHasAcceptedIsNotLeftOver) {
  const auto servers = listen();
  connectUnaccepted(*servers);
  network.crash(client);
  network.restart(client);
}

TEST_F(SimulatedFaults, TheSameOverAPartition) {
  const auto servers = listen();
  const auto clients = connectUnaccepted(*servers);
  network.partition(client, server);
  clients->made.at(0)->transport().abortConnection();
  network.runFor(1h);
  network.repair(client, server);
}

TEST_F(SimulatedFaults, AResetEndsAConnectionThatNobodyHasAccepted) {
  const auto servers = listen();
  const auto clients = connectUnaccepted(*servers);
  network.resetConnections(server, client);
  network.runFor(1s);
  EXPECT_EQ(errorOf(*clients->made.at(0)), std::errc::connection_reset);
  EXPECT_EQ(servers->made.size(), 0u);
}

TEST_F(SimulatedFaults, ACrashForgetsAConnectionThatNobodyHasAccepted) {
  const auto servers = listen();
  const auto clients = connectUnaccepted(*servers);
  network.crash(server);
  network.restart(server);
  clients->made.at(0)->transport().write("is there anybody?");
  EXPECT_TRUE(runUntilLost(*clients->made.at(0)));
  EXPECT_EQ(errorOf(*clients->made.at(0)), std::errc::connection_reset);
  EXPECT_EQ(servers->made.size(), 0u);
}

TEST_F(SimulatedFaults, APortThatClosesResetsWhatItHasNotAccepted) {
  const auto servers = std::make_shared<RecordingFactory>();
  const auto port = server.listenTCP(7, servers);
  const auto clients = connectUnaccepted(*servers);
  port->stopListening();
  EXPECT_TRUE(runUntilLost(*clients->made.at(0)));
  EXPECT_EQ(errorOf(*clients->made.at(0)), std::errc::connection_reset);
  EXPECT_EQ(servers->made.size(), 0u);
}

TEST_F(SimulatedFaults, TheNextAddressIsTried) {
  listen();
  network.addName("both", {"10.9.9.9", "10.0.0.1"});
  EXPECT_EQ(failureOf("both", 7), "connected");
  network.resetConnections(server, client);
}

TEST_F(SimulatedFaults, AnAttemptCanBeGivenUp) {
  listen();
  const auto clients = std::make_shared<RecordingFactory>();
  const auto connector = client.connectTCP("server", 7, clients);
  connector->stopConnecting();
  ASSERT_EQ(clients->failures.size(), 1u);
  EXPECT_EQ(clients->failures[0].typeName(), "plait::UserError");
  network.runFor(1s);
}

}  // namespace
}  // namespace plait::testing
