#include <plait/echo/echo.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class HalfClose : public ServerTest {
 protected:
  Connection& connection() { return server->last(); }
};

TEST_F(HalfClose, EndOfFileClosesAPlainProtocol) {
  RawPeer peer = connectRaw();
  peer.send("last");
  peer.shutdownWrite();
  runUntil([&] { return peer.ended() && connection().lost == 1; });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(connection().received, "last");
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, EchoAnswersAPeerThatHalfClosesAtOnce) {
  auto echo = listen(Factory::forProtocol<Echo>());
  for (int i = 0; i < 200; ++i) {
    RawPeer peer(echo->getHost());
    peer.send("hi");
    peer.shutdownWrite();
    runUntil([&] { return peer.ended(); });
    ASSERT_TRUE(peer.eof());
    ASSERT_EQ(peer.received, "hi") << "round " << i;
  }
}

TEST_F(HalfClose, EchoOfMuchIsFlushedAfterEndOfFile) {
  auto echo = listen(Factory::forProtocol<Echo>());
  auto client = ScriptedFactory::make();
  client->halfCloseable = true;
  const Bytes sent = pattern(5 * kMegabyte);
  client->script.made = [&](Connection& c) {
    c.transport->write(sent);
    c.transport->loseWriteConnection();
  };
  client->script.readLost = [](Connection& c) { c.transport->loseConnection(); };
  connect(echo, client);
  runUntil([&] { return client->losses == 1; });
  EXPECT_EQ(client->last().received, sent);
  EXPECT_EQ(client->last().writesLost, 1);
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, PendingOutputIsFlushedFirst) {
  const Bytes reply = pattern(5 * kMegabyte);
  server->script.data = [&](Connection& c, BytesView) { c.transport->write(reply); };
  RawPeer peer = connectRaw(4096);
  peer.send("request");
  peer.shutdownWrite();
  runUntil([&] { return peer.ended(); });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, reply);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, AHalfCloseableProtocolGoesOnWriting) {
  server->halfCloseable = true;
  RawPeer peer = connectRaw();
  peer.send("request");
  peer.shutdownWrite();
  runUntil([&] { return connection().readsLost == 1; });
  EXPECT_TRUE(connection().transport->connected());
  EXPECT_FALSE(connection().transport->disconnecting());
  connection().transport->write("late ");
  runUntil([&] {
    peer.receiveAll();
    return peer.received == "late ";
  });
  connection().transport->write("reply");
  connection().transport->loseConnection();
  runUntil([&] { return peer.ended() && connection().lost == 1; });
  EXPECT_EQ(peer.received, "late reply");
  EXPECT_EQ(connection().readsLost, 1);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, LoseWriteConnectionLetsThePeerGoOn) {
  server->halfCloseable = true;
  RawPeer peer = connectRaw();
  connection().transport->write("that was all");
  connection().transport->loseWriteConnection();
  connection().transport->write("dropped");
  runUntil([&] { return peer.ended() && connection().writesLost == 1; });
  EXPECT_EQ(peer.received, "that was all");
  peer.send("but I have more");
  runUntil([&] { return connection().received == "but I have more"; });
  EXPECT_EQ(connection().lost, 0);
  connection().transport->write("dropped as well");
  peer.close();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_EQ(connection().readsLost, 1);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, LoseWriteConnectionFlushesFirst) {
  server->halfCloseable = true;
  const Bytes reply = pattern(5 * kMegabyte);
  RawPeer peer = connectRaw(4096);
  connection().transport->write(reply);
  connection().transport->loseWriteConnection();
  connection().transport->loseWriteConnection();
  EXPECT_EQ(connection().writesLost, 0);
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(peer.received, reply);
  EXPECT_EQ(connection().writesLost, 1);
}

TEST_F(HalfClose, OfAPlainClientGivesItTheRestOfTheReply) {
  auto client = ScriptedFactory::make();
  server->halfCloseable = true;
  server->script.readLost = [](Connection& c) {
    c.transport->write("you said: " + c.received);
    c.transport->loseConnection();
  };
  client->script.made = [](Connection& c) {
    c.transport->write("hi");
    c.transport->loseWriteConnection();
  };
  connect(port, client);
  runUntil([&] { return client->losses == 1 && server->last().lost == 1; });
  EXPECT_EQ(client->last().received, "you said: hi");
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, BothHalvesClosedIsTheEnd) {
  auto client = ScriptedFactory::make();
  Events order;
  client->halfCloseable = true;
  client->script.writeLost = [&](Connection&) { order.push_back("writeConnectionLost"); };
  client->script.readLost = [&](Connection&) { order.push_back("readConnectionLost"); };
  client->script.lost = [&](Connection&, const Failure&) { order.push_back("connectionLost"); };
  client->script.made = [](Connection& c) {
    c.transport->write("hi");
    c.transport->loseWriteConnection();
  };
  connect(port, client);
  runUntil([&] { return client->losses == 1; });
  EXPECT_THAT(order, ElementsAre("writeConnectionLost", "readConnectionLost", "connectionLost"));
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, ReadingFirstThenWritingIsTheEndToo) {
  server->halfCloseable = true;
  RawPeer peer = connectRaw();
  peer.shutdownWrite();
  runUntil([&] { return connection().readsLost == 1; });
  connection().transport->loseWriteConnection();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_EQ(connection().writesLost, 1);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, LoseConnectionAfterLoseWriteConnectionCloses) {
  server->halfCloseable = true;
  RawPeer peer = connectRaw();
  connection().transport->loseWriteConnection();
  runUntil([&] { return connection().writesLost == 1; });
  connection().transport->loseConnection();
  EXPECT_EQ(connection().lost, 0);  // never from inside the call
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(HalfClose, AbortConnectionInReadConnectionLost) {
  server->halfCloseable = true;
  server->script.readLost = [](Connection& c) { c.transport->abortConnection(); };
  RawPeer peer = connectRaw();
  peer.shutdownWrite();
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(peer.error(), ECONNRESET);
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
}

}  // namespace
}  // namespace plait::testing
