#include "support/datagrams.hpp"

namespace plait::testing {
namespace {

class ConnectedUDP : public DatagramTest {
 protected:
  Protocol server = makeProtocol();
  Protocol client = makeProtocol();
  Port serverPort = listenUDP(server);
  Port clientPort = listenUDP(client);
  const Address toServer = serverPort->getHost();

  /// A port of the loopback where nobody listens.
  Address nowhere() {
    auto port = listenUDP(makeProtocol());
    port->stopListening();
    return port->getHost();
  }
};

TEST_F(ConnectedUDP, WritesToItsPeer) {
  clientPort->connect(toServer);
  clientPort->write("one");
  clientPort->write("two", toServer);
  runUntilReceived(server, 2);
  EXPECT_THAT(server->texts(), ElementsAre("one", "two"));
  EXPECT_EQ(server->received[0].from, clientPort->getHost());
}

TEST_F(ConnectedUDP, HearsNobodyElse) {
  auto stranger = listenUDP(makeProtocol());
  stranger->write("before", clientPort->getHost());  // waits in the system when it connects
  clientPort->connect(toServer);
  stranger->write("after", clientPort->getHost());
  serverPort->write("peer", clientPort->getHost());
  runUntilReceived(client, 1);
  runWhatIsReady();
  EXPECT_THAT(client->texts(), ElementsAre("peer"));
}

TEST_F(ConnectedUDP, RefusesAnotherDestination) {
  clientPort->connect(toServer);
  EXPECT_THROW(clientPort->write("x", *IPv4Address::parse("127.0.0.1", 9)), InvalidAddressError);
}

TEST_F(ConnectedUDP, ConnectsOnceAndToAnAddress) {
  EXPECT_THROW(clientPort->connect(HostnameAddress{"localhost", 1}), InvalidAddressError);
  EXPECT_THROW(clientPort->connect(*IPv6Address::parse("::1", 1)), InvalidAddressError);
  clientPort->connect(toServer);
  EXPECT_THROW(clientPort->connect(toServer), std::logic_error);
}

TEST_F(ConnectedUDP, IsToldOfARefusalAndLivesOn) {
  clientPort->connect(nowhere());
  clientPort->write("x");
  EXPECT_EQ(client->refused, 0);
  runUntil([&] { return client->refused == 1; });
  EXPECT_THAT(client->calls, ElementsAre("start"));
  EXPECT_TRUE(clientPort->connected());
  clientPort->write("y");
  runUntil([&] { return client->refused == 2; });
}

TEST_F(ConnectedUDP, IsToldOfARefusalThatAWriteRunsIntoFromTheLoop) {
  clientPort->connect(nowhere());
  bool inside = false;
  client->onRefused = [&] { EXPECT_FALSE(inside); };
  inside = true;
  for (int i = 0; i < 5; ++i) clientPort->write("x");  // the loopback refuses at once
  inside = false;
  EXPECT_EQ(client->refused, 0);
  runUntil([&] { return client->refused > 0; });
}

TEST_F(ConnectedUDP, WritesFromInsideConnectionRefused) {
  clientPort->connect(nowhere());
  client->onRefused = [&] {
    if (client->refused < 5) clientPort->write("again");
  };
  clientPort->write("x");
  runUntil([&] { return client->refused == 5; });
}

TEST_F(ConnectedUDP, LosesNoDatagramToTheRefusalOfAnEarlierOne) {
  const Address gone = serverPort->getHost();
  serverPort->stopListening();
  clientPort->connect(gone);
  clientPort->write("lost");
  auto back = makeProtocol();
  reactor.listenUDP(gone.port(), back, {.interface = "127.0.0.1"});
  clientPort->write("heard");  // finds the refusal of "lost"
  runUntilReceived(back, 1);
  EXPECT_THAT(back->texts(), ElementsAre("heard"));
}

TEST_F(ConnectedUDP, HearsItsPeerAfterARefusal) {
  const Address gone = serverPort->getHost();
  serverPort->stopListening();
  clientPort->connect(gone);
  clientPort->write("x");
  runUntil([&] { return client->refused == 1; });
  auto port = reactor.listenUDP(gone.port(), makeProtocol(), {.interface = "127.0.0.1"});
  port->write("back again", clientPort->getHost());
  runUntilReceived(client, 1);
}

TEST_F(ConnectedUDP, StopsFromInsideConnectionRefused) {
  clientPort->connect(nowhere());
  client->onRefused = [&] { clientPort->stopListening(); };
  clientPort->write("x");
  runUntil([&] { return client->calls.size() == 2; });
  EXPECT_THAT(client->calls, ElementsAre("start", "stop"));
}

TEST_F(ConnectedUDP, LogsWhatConnectionRefusedThrows) {
  clientPort->connect(nowhere());
  client->onRefused = [] { throw std::runtime_error("offended"); };
  clientPort->write("x");
  runUntil([&] { return client->refused == 1; });
  EXPECT_TRUE(captured.hasFailure("offended"));
  EXPECT_TRUE(clientPort->connected());
}

}  // namespace
}  // namespace plait::testing
