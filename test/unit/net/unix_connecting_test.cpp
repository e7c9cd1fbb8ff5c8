#include <filesystem>
#include <fstream>

#include "support/unix_test.hpp"

namespace plait::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace std::string_view_literals;

class UNIXConnecting : public UNIXTest {
 protected:
  /// The message with which connecting fails, which must be an `Error`.
  template <class Error = ConnectError>
  std::string refusal(UNIXConnectOptions options = {}) {
    connectTo(client, options);
    EXPECT_EQ(client->failures, 0);  // not from inside the call
    runUntil([&] { return client->failures == 1; });
    EXPECT_TRUE(client->failed->check<Error>());
    EXPECT_EQ(client->numPorts(), 0);
    return client->failed->getErrorMessage();
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::noting(events, "client");
};

/// A listener whose queue is full: whoever connects now waits.
class FullUNIXListener {
 public:
  explicit FullUNIXListener(const Address& at) : listener_(at, 0), waiting_(at) {}
  void makeRoom() { accepted_.push_back(listener_.accept()); }

 private:
  RawListener listener_;
  RawPeer waiting_;
  std::vector<RawPeer> accepted_;
};

TEST_F(UNIXConnecting, TellsTheStoryInOrder) {
  auto port = listenAt(server);
  connectTo(client);
  events.push_back("connectUNIX returned");
  runUntil([&] { return server->connected() && client->connected(); });
  server->last().transport->loseConnection();
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_THAT(events,
              ElementsAre("client.startFactory", "client.startedConnecting", "connectUNIX returned",
                          "client.buildProtocol", "client.connectionMade", "client.connectionLost",
                          "client.clientConnectionLost", "client.stopFactory"));
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
}

TEST_F(UNIXConnecting, KnowsBothAddresses) {
  auto port = listenAt(server);
  auto connector = connectTo(client);
  EXPECT_EQ(connector->getDestination(), address);
  runUntil([&] { return client->connected(); });
  EXPECT_EQ(client->last().transport->getPeer(), address);
  EXPECT_EQ(client->last().transport->getHost(), UNIXAddress{});
}

TEST_F(UNIXConnecting, ToAnAbstractName) {
  const std::string name = fmt::format("\0plait test {}"sv, getpid());
  auto port = reactor.listenUNIX(name, server);
  reactor.connectUNIX(name, client, {.checkLock = true});
  EXPECT_TRUE(runUntil([&] { return client->connected(); }));
}

TEST_F(UNIXConnecting, CarriesMuchInBothDirections) {
  const Bytes data = pattern(5 * kMegabyte);
  server->script.made = [&](Connection& c) { c.transport->write(data); };
  client->script.made = [&](Connection& c) { c.transport->write(data); };
  auto port = listenAt(server);
  connectTo(client);
  runUntil([&] {
    return server->connected() && server->last().received.size() == data.size() &&
           client->connected() && client->last().received.size() == data.size();
  });
  EXPECT_TRUE(server->last().received == data);
  EXPECT_TRUE(client->last().received == data);
}

// --- Failing ---------------------------------------------------------------------------

TEST_F(UNIXConnecting, WhereNothingIsFails) {
  EXPECT_EQ(refusal(), fmt::format("cannot connect to unix:{}: No such file or directory", path));
  EXPECT_EQ(client->failed->check<ConnectError>()->osError, std::errc::no_such_file_or_directory);
  EXPECT_THAT(events, ElementsAre("client.startFactory", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.stopFactory"));
}

TEST_F(UNIXConnecting, ToTheSocketOfAKilledServerIsRefused) {
  { RawListener killed(address); }
  EXPECT_EQ(refusal<ConnectionRefusedError>(),
            fmt::format("cannot connect to unix:{}: Connection refused", path));
}

TEST_F(UNIXConnecting, ToWhatIsNoSocketIsRefused) {
  std::ofstream(path) << "text";
  EXPECT_EQ(refusal<ConnectionRefusedError>(),
            fmt::format("cannot connect to unix:{}: Connection refused", path));
}

TEST_F(UNIXConnecting, WithoutPermissionFails) {
  if (geteuid() == 0) GTEST_SKIP() << "the superuser has every permission";
  auto port = listenAt(server, {.mode = 0});
  EXPECT_EQ(refusal(), fmt::format("cannot connect to unix:{}: Permission denied", path));
}

TEST_F(UNIXConnecting, ToAPathThatNoSocketCanHaveFails) {
  reactor.connectUNIX(std::string(200, 'x'), client);
  runUntil([&] { return client->failures == 1; });
  EXPECT_THAT(client->failed->getErrorMessage(),
              HasSubstr("x: the path has 200 bytes, that of a UNIX socket has 107 at most"));
}

TEST_F(UNIXConnecting, WithANegativeTimeoutThrows) {
  EXPECT_THROW(connectTo(client, {.timeout = -1s}), std::invalid_argument);
}

TEST_F(UNIXConnecting, WhileStoppingFails) {
  auto port = listenAt(server);
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { connectTo(client); });
  reactor.stop();
  runUntil([&] { return !reactor.running() && client->failures == 1; });
  EXPECT_THAT(client->failed->getErrorMessage(), HasSubstr("the reactor is stopping"));
}

// --- A full queue ----------------------------------------------------------------------

TEST_F(UNIXConnecting, WaitsForRoomInTheQueue) {
  FullUNIXListener full(address);
  connectTo(client);
  bool later = false;
  reactor.callLater(20ms, [&] { later = true; });
  runUntil([&] { return later; });
  EXPECT_EQ(client->failures, 0);
  EXPECT_FALSE(client->connected());
  full.makeRoom();
  EXPECT_TRUE(runUntil([&] { return client->connected(); }));
}

TEST_F(UNIXConnecting, TimesOut) {
  FullUNIXListener full(address);
  EXPECT_EQ(refusal<TimeoutError>({.timeout = 10ms}),
            fmt::format("cannot connect to unix:{}: no answer within 0.01 s", path));
}

TEST_F(UNIXConnecting, TheTimeoutIsForgottenOnceConnected) {
  auto port = listenAt(server);
  connectTo(client, {.timeout = 100ms});
  runUntil([&] { return client->connected(); });
  bool later = false;
  reactor.callLater(150ms, [&] { later = true; });
  runUntil([&] { return later; });
  EXPECT_EQ(client->failures, 0);
  EXPECT_TRUE(client->last().transport->connected());
}

TEST_F(UNIXConnecting, StopConnectingFailsItFromInsideTheCall) {
  FullUNIXListener full(address);
  auto connector = connectTo(client);
  connector->stopConnecting();
  EXPECT_EQ(client->failures, 1);
  EXPECT_TRUE(client->failed->check<UserError>());
  EXPECT_THROW(connector->stopConnecting(), NotConnectingError);
  full.makeRoom();
  runWhatIsReady();
  EXPECT_TRUE(client->connections.empty());
}

TEST_F(UNIXConnecting, StopConnectingFromStartedConnecting) {
  auto port = listenAt(server);
  client->onStarted = [](Connector& connector) { connector.stopConnecting(); };
  connectTo(client);
  EXPECT_EQ(client->failures, 1);
  RawPeer later(address);
  runUntil([&] { return server->connected(); });
  EXPECT_TRUE(client->connections.empty());
}

TEST_F(UNIXConnecting, ACollapsingReactorEndsTheAttempt) {
  FullUNIXListener full(address);
  {
    Reactor other(kNoSignals);
    other.connectUNIX(path, client);
  }
  EXPECT_TRUE(client->failed->check<UserError>());
}

// --- Again -----------------------------------------------------------------------------

TEST_F(UNIXConnecting, AConnectorCanBeKeptAndUsedAgain) {
  auto port = listenAt(server);
  auto connector = connectTo(client);
  for (int round = 1; round <= 3; ++round) {
    runUntil([&] { return static_cast<int>(client->connections.size()) == round; });
    connector->disconnect();
    runUntil([&] { return client->losses == round; });
    EXPECT_EQ(client->numPorts(), 0);
    connector->connect();
    EXPECT_EQ(client->numPorts(), 1);
  }
}

TEST_F(UNIXConnecting, ReconnectsFromClientConnectionFailedUntilTheServerIsThere) {
  std::shared_ptr<ListeningPort> port;
  client->onFailed = [&](Connector& connector, const Failure&) {
    if (client->failures == 3) port = listenAt(server);
    connector.connect();
  };
  connectTo(client);
  runUntil([&] { return client->connected(); });
  EXPECT_EQ(client->failures, 3);
}

// --- The lock --------------------------------------------------------------------------

TEST_F(UNIXConnecting, CheckingTheLockFindsALiveServer) {
  auto port = listenAt(server);
  connectTo(client, {.checkLock = true});
  EXPECT_TRUE(runUntil([&] { return client->connected(); }));
}

TEST_F(UNIXConnecting, CheckingTheLockFindsAServerThatWasKilled) {
  inAChildThatDies([&] { (new Reactor(kNoSignals))->listenUNIX(path, server); });
  EXPECT_TRUE(fs::exists(lockFile));
  EXPECT_EQ(refusal<BadFileError>({.checkLock = true}),
            fmt::format("cannot connect to unix:{}: no live server has its lock", path));
}

TEST_F(UNIXConnecting, CheckingTheLockFindsAServerThatHasNone) {
  auto port = listenAt(server, {.lockFile = false});
  refusal<BadFileError>({.checkLock = true});
}

TEST_F(UNIXConnecting, CheckingTheLockRespectsTwisteds) {
  auto port = listenAt(server, {.lockFile = false});
  fs::create_symlink(std::to_string(inAChildThatDies([] {})), lockFile);
  refusal<BadFileError>({.checkLock = true});
  fs::remove(lockFile);
  fs::create_symlink(std::to_string(getpid()), lockFile);
  connectTo(client, {.checkLock = true});
  EXPECT_TRUE(runUntil([&] { return client->connected(); }));
}

TEST_F(UNIXConnecting, CheckingTheLockDoesNotTakeIt) {
  auto port = listenAt(server);
  connectTo(client, {.checkLock = true});
  runUntil([&] { return client->connected(); });
  EXPECT_THROW(listenAt(server), CannotListenError);  // it is held as before
  port->stopListening();
  EXPECT_NO_THROW(listenAt(server));
}

}  // namespace
}  // namespace plait::testing
