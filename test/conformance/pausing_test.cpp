#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class Pausing : public ConformanceTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Pausing, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(Pausing, HoldsEverythingAndLosesNothing) {
  connect();
  server.pause();
  const Bytes data = pattern(kMegabyte);
  client.transport->write(share(data));
  link->settle();
  EXPECT_EQ(server.received, "");
  server.resume();
  runUntilReceived(server, data.size());
  EXPECT_TRUE(server.received == data);
}

TEST_P(Pausing, InsideDataReceivedHoldsTheRest) {
  const Bytes data = pattern(kMegabyte);
  server.whenData = [&](BytesView) { server.pause(); };
  connect();
  client.transport->write(share(data));
  runUntil([&] { return server.chunks > 0; });
  link->settle();
  EXPECT_EQ(server.chunks, 1);
  server.whenData = nullptr;
  server.resume();
  runUntilReceived(server, data.size());
  EXPECT_TRUE(server.received == data);
}

TEST_P(Pausing, HoldsTheEndToo) {
  connect();
  server.pause();
  client.transport->write("before the end");
  client.transport->loseConnection();
  runUntilLost(client);
  link->settle();
  EXPECT_THAT(server.journal, ElementsAre("made"));
  server.resume();
  runUntilLost(server);
  EXPECT_EQ(server.received, "before the end");
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
}

TEST_P(Pausing, FromTheStart) {
  server.whenMade = [&] { server.pause(); };
  connect();
  client.transport->write("patience");
  link->settle();
  EXPECT_EQ(server.received, "");
  server.resume();
  runUntilReceived(server, 8);
  EXPECT_EQ(server.received, "patience");
}

TEST_P(Pausing, TimeAndAgainKeepsTheOrder) {
  const Bytes data = pattern(8 * kMegabyte);
  server.whenData = [&](BytesView) { server.pause(); };
  connect();
  client.transport->write(share(data));
  runUntil([&] {
    if (server.chunks > 0) server.resume();
    return server.received.size() >= data.size();
  });
  EXPECT_TRUE(server.received == data);
}

TEST_P(Pausing, DoesNotHoldUpWriting) {
  connect();
  server.pause();
  client.pause();
  server.transport->write("written while paused");
  client.resume();
  runUntilReceived(client, 20);
  EXPECT_EQ(client.received, "written while paused");
}

TEST_P(Pausing, TwiceIsEndedByOneResume) {
  connect();
  server.pause();
  server.pause();
  client.transport->write("held");
  link->settle();
  server.resume();
  server.resume();
  runUntilReceived(server, 4);
  EXPECT_EQ(server.received, "held");
}

}  // namespace
}  // namespace plait::testing
