#include "each_callback.hpp"

namespace plait::testing {
namespace {

class Exceptions : public EachCallbackTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Exceptions, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(Exceptions, OutOfEachCallbackEndOnlyThatConnection) {
  connect();
  inEachCallback([](Pair&) { throw std::runtime_error("a bug"); },
                 [this](Pair& pair, Callback callback) {
                   runUntilLost(pair.server);
                   EXPECT_THAT(takeErrors(), ElementsAre("Server: a bug"));
                   if (callback == Callback::connectionLost) {
                     EXPECT_EQ(pair.server.lossReason(), "plait::ConnectionDone");
                   } else {
                     EXPECT_EQ(pair.server.reason->getErrorMessage(), "a bug");
                   }
                   expectAlive(first);
                 });
}

TEST_P(Exceptions, OfAnyTypeWillDo) {
  server.whenData = [](BytesView) { throw 42; };
  connect();
  client.transport->write("x");
  runUntilLost();
  EXPECT_EQ(server.reason->getErrorMessage(), "int");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: int"));
}

TEST_P(Exceptions, WhatWasWrittenBeforeIsSent) {
  server.whenData = [&](BytesView) {
    server.transport->write("before the bug");
    throw std::runtime_error("a bug");
  };
  connect();
  client.transport->write("x");
  runUntilLost();
  EXPECT_EQ(client.received, "before the bug");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: a bug"));
}

TEST_P(Exceptions, TheFirstOneIsTheReason) {
  server.whenData = [](BytesView) { throw std::runtime_error("the first"); };
  server.whenLost = [] { throw std::runtime_error("the second"); };
  connect();
  client.transport->write("x");
  runUntilLost();
  EXPECT_EQ(server.reason->getErrorMessage(), "the first");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: the first", "Server: the second"));
}

TEST_P(Exceptions, AnAbortBeforeIsTheReason) {
  server.whenData = [&](BytesView) {
    server.transport->abortConnection();
    throw std::runtime_error("a bug");
  };
  connect();
  client.transport->write("x");
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: a bug"));
}

TEST_P(Exceptions, OfBothEndsInConnectionMade) {
  server.whenMade = [] { throw std::runtime_error("theirs"); };
  client.whenMade = [] { throw std::runtime_error("ours"); };
  connect();
  runUntilLost();
  EXPECT_EQ(server.reason->getErrorMessage(), "theirs");
  EXPECT_EQ(client.reason->getErrorMessage(), "ours");
  EXPECT_THAT(takeErrors(), ::testing::UnorderedElementsAre("Server: theirs", "Client: ours"));
}

TEST_P(Exceptions, OfAPullProducerBeingRegisteredReachTheCaller) {
  connect();
  first.pull.whenResumed = [] { throw std::runtime_error("no data"); };
  EXPECT_THROW(server.transport->registerProducer(first.pull), std::runtime_error);
  server.transport->registerProducer(first.push);  // it was not registered
  server.transport->unregisterProducer();
  expectAlive(first);
}

}  // namespace
}  // namespace plait::testing
