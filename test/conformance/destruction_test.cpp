#include "each_callback.hpp"

namespace plait::testing {
namespace {

class Destruction : public EachCallbackTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Destruction, ::testing::ValuesIn(allLinks()), kindName);

/// Lets go of everything a test holds of a connection.
void release(End& end) {
  end.transport.reset();
}

TEST_P(Destruction, TheLastReferenceMayBeDroppedInEachCallback) {
  std::vector<std::weak_ptr<Transport>> transports;
  for (Callback callback : kCallbacks) {
    SCOPED_TRACE("in " + toString(callback));
    Pair& pair = another();
    std::weak_ptr<Transport> transport;
    causeCallback(callback, pair, [&] {
      transport = pair.server.transport;
      release(pair.server);
      EXPECT_FALSE(transport.expired());  // it lives until connectionLost has returned
      EXPECT_FALSE(pair.server.protocol.expired());
    });
    if (pair.client.lost == 0) pair.client.transport->abortConnection();
    if (auto held = transport.lock()) held->unregisterProducer();
    runUntilLost(pair.client);
    if (auto held = transport.lock()) held->abortConnection();
    runUntilLost(pair.server);
    link->settle();
    EXPECT_TRUE(pair.server.protocol.expired());
    transports.push_back(transport);
  }
  link->destroy();
  for (const auto& transport : transports) EXPECT_TRUE(transport.expired());
}

TEST_P(Destruction, OfTheMediumAbortsWhatIsOpen) {
  connect();
  link->destroy();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionAborted");
}

TEST_P(Destruction, OfTheMediumWithEverythingUnderWay) {
  server.halfCloseable = true;
  connect();
  server.transport->registerProducer(first.push);
  clog();
  client.transport->write(pattern(kMegabyte));
  server.transport->loseConnection();
  link->settle();
  link->destroy();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  EXPECT_EQ(first.push.stopped, 1);
}

TEST_P(Destruction, OfTheMediumRightAfterAClose) {
  connect();
  server.transport->write("sent, or not");
  server.transport->loseConnection();
  client.transport->abortConnection();
  link->destroy();
  EXPECT_EQ(server.lost, 1);
  EXPECT_EQ(client.lost, 1);
}

TEST_P(Destruction, OfTheMediumWhileAHalfIsClosed) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  client.transport->loseWriteConnection();
  runUntil([&] { return server.journal.back() == "read lost"; });
  link->destroy();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
}

TEST_P(Destruction, OfTheMediumIsToldToACallbackThatActs) {
  connect();
  server.whenLost = [&] {
    server.transport->write("x");
    server.transport->loseConnection();
    server.transport->abortConnection();
    client.transport->write("y");
    client.transport->loseConnection();
    client.transport->abortConnection();
  };
  client.whenLost = server.whenLost;
  link->destroy();
  EXPECT_EQ(server.lost, 1);
  EXPECT_EQ(client.lost, 1);
}

TEST_P(Destruction, OfTheMediumSurvivesExceptions) {
  connect();
  server.whenLost = [] { throw std::runtime_error("a bug"); };
  link->destroy();
  EXPECT_EQ(client.lossReason(), "plait::ConnectionAborted");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: a bug"));
}

TEST_P(Destruction, ATransportThatSomebodyHoldsKeepsNoProtocol) {
  connect();
  client.transport->loseConnection();
  runUntilLost();
  link->settle();
  EXPECT_TRUE(server.protocol.expired());
  EXPECT_TRUE(client.protocol.expired());
}

}  // namespace
}  // namespace plait::testing
