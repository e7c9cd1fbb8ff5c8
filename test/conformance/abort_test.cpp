#include "each_callback.hpp"

namespace plait::testing {
namespace {

class Abort : public EachCallbackTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Abort, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(Abort, IsToldToBothEnds) {
  connect();
  server.transport->abortConnection();
  EXPECT_TRUE(server.transport->connected());
  EXPECT_TRUE(server.transport->disconnecting());
  EXPECT_EQ(server.lost, 0);  // never from inside the call
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  EXPECT_THAT(kind().lossesByAbort, Contains(client.lossReason()));
}

TEST_P(Abort, OfTheClientIsTheSame) {
  connect();
  client.transport->abortConnection();
  runUntilLost();
  EXPECT_EQ(client.lossReason(), "plait::ConnectionAborted");
  EXPECT_THAT(kind().lossesByAbort, Contains(server.lossReason()));
}

TEST_P(Abort, DropsWhatIsBuffered) {
  connect();
  const std::size_t written = clog();
  server.transport->abortConnection();
  EXPECT_EQ(server.transport->bufferedBytes(), 0u);
  server.transport->write("dropped");
  EXPECT_EQ(server.transport->bufferedBytes(), 0u);
  runUntilLost(server);
  if (client.lost == 0) client.resume();
  runUntilLost(client);
  EXPECT_LT(client.received.size(), written);
}

TEST_P(Abort, GivesTheReasonItWasGivenFirst) {
  connect();
  server.transport->abortConnection(Failure(std::runtime_error("enough")));
  server.transport->abortConnection();
  server.transport->loseConnection(Failure(std::runtime_error("too late")));
  runUntilLost();
  EXPECT_EQ(server.reason->getErrorMessage(), "enough");
}

TEST_P(Abort, CutsACloseShort) {
  connect();
  clog();
  server.transport->loseConnection();
  link->settle();
  EXPECT_EQ(server.lost, 0);
  server.transport->abortConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
}

TEST_P(Abort, ByBothEndsAtOnce) {
  connect();
  server.transport->abortConnection();
  client.transport->abortConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionAborted");
}

TEST_P(Abort, OfThePeerReachesAPausedConnection) {
  if (!kind().tellsResets()) GTEST_SKIP() << "there are no resets";
  connect();
  server.pause();
  link->settle();
  client.transport->abortConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionLost");
}

TEST_P(Abort, FromInsideEachCallback) {
  inEachCallback(
      [](Pair& pair) {
        const int lost = pair.server.lost;
        pair.server.transport->abortConnection();
        pair.server.transport->write("dropped");
        EXPECT_EQ(pair.server.lost, lost);
      },
      [this](Pair& pair, Callback callback) {
        runUntilLost(pair.server);
        const bool before = callback == Callback::connectionLost;
        EXPECT_EQ(pair.server.lossReason(),
                  before ? "plait::ConnectionDone" : "plait::ConnectionAborted");
      });
}

}  // namespace
}  // namespace plait::testing
