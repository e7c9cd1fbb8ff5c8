#include <plait/policies/limit_total_connections_factory.hpp>

#include "support/policy_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct LimitTotalConnectionsFactoryTest : PolicyTest {
  std::shared_ptr<LimitTotalConnectionsFactory> limited(std::size_t limit,
                                                        OverflowOptions overflow = {}) {
    return std::make_shared<LimitTotalConnectionsFactory>(server, limit, std::move(overflow),
                                                          refusals());
  }
};

TEST_F(LimitTotalConnectionsFactoryTest, RefusesThoseBehindTheLimit) {
  const auto factory = limited(2);
  EXPECT_TRUE(connect(*factory));
  EXPECT_TRUE(connect(*factory));
  EXPECT_FALSE(connect(*factory));
  EXPECT_EQ(factory->connectionCount(), 2u);
  EXPECT_EQ(server->protocols.size(), 2u);
}

TEST_F(LimitTotalConnectionsFactoryTest, HasRoomAgainWhenAConnectionIsLost) {
  const auto factory = limited(1);
  EXPECT_TRUE(connect(*factory));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(connect(*factory));
    loseFirst();
    EXPECT_EQ(factory->connectionCount(), 0u);
    EXPECT_TRUE(connect(*factory));
  }
}

TEST_F(LimitTotalConnectionsFactoryTest, ChangesNothingForThoseItServes) {
  ASSERT_TRUE(connect(*limited(1)));
  client->transport().write("hello");
  connections.back()->flush();
  Served& served = *server->protocols.back();
  EXPECT_EQ(served.data, "hello");
  served.transport().write("good bye");
  served.transport().loseConnection();
  connections.back()->flush();
  EXPECT_EQ(client->data, "good bye");
  EXPECT_EQ(served.lost, 1);
  EXPECT_TRUE(served.reason->check<ConnectionDone>());
}

TEST_F(LimitTotalConnectionsFactoryTest, HasRoomAgainBeforeTheProtocolIsToldOfTheLoss) {
  const auto factory = limited(1);
  std::size_t seen = 99;
  server->whenLost = [&] { seen = factory->connectionCount(); };
  connect(*factory);
  loseFirst();
  EXPECT_EQ(seen, 0u);
}

TEST_F(LimitTotalConnectionsFactoryTest, CountsALossOnceWhateverIsThrown) {
  const auto factory = limited(3);
  connect(*factory);
  server->whenLost = [] { throw std::runtime_error("lost"); };
  connect(*factory);
  server->whenMade = [] { throw std::runtime_error("made"); };
  connect(*factory);
  EXPECT_EQ(factory->connectionCount(), 2u);
  connections.erase(connections.begin() + 1, connections.end());
  EXPECT_EQ(factory->connectionCount(), 1u);
  EXPECT_EQ(log.failures(), (std::vector<std::string>{"made", "lost", "lost"}));
}

TEST_F(LimitTotalConnectionsFactoryTest, TakesNoPlaceForWhatTheFactoryRefuses) {
  const auto factory = limited(1);
  server->refuse = true;
  EXPECT_FALSE(connect(*factory));
  EXPECT_EQ(factory->connectionCount(), 0u);
  EXPECT_EQ(warnings(), 0u) << "it is not the limit";
}

TEST_F(LimitTotalConnectionsFactoryTest, TakesNoPlaceWhenTheFactoryThrows) {
  const auto factory = limited(1);
  server->whenBuilding = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(connect(*factory), std::runtime_error);
  EXPECT_EQ(factory->connectionCount(), 0u);
}

TEST_F(LimitTotalConnectionsFactoryTest, TakesNoPlaceForAProtocolThatIsNeverConnected) {
  const auto factory = limited(1);
  auto protocol = factory->makeProtocol({});
  EXPECT_EQ(factory->connectionCount(), 1u);
  protocol.reset();
  EXPECT_EQ(factory->connectionCount(), 0u);
}

TEST_F(LimitTotalConnectionsFactoryTest, TellsTheOverflowSo) {
  const auto busy = std::make_shared<ServedFactory>();
  busy->whenMade = [&] { busy->protocols.back()->transport().write("come back later"); };
  const auto factory = limited(1, {.factory = busy});
  connect(*factory);
  EXPECT_TRUE(connect(*factory));
  EXPECT_EQ(client->data, "come back later");
  EXPECT_EQ(server->protocols.size(), 1u);
  connections.clear();
  busy->protocols.clear();
}

TEST_F(LimitTotalConnectionsFactoryTest, DoesNotCountTheOverflow) {
  const auto busy = std::make_shared<ServedFactory>();
  const auto factory = limited(1, {.factory = busy});
  connect(*factory);
  connect(*factory);
  EXPECT_EQ(factory->connectionCount(), 1u);
  loseFirst();
  connect(*factory);
  EXPECT_EQ(server->protocols.size(), 2u) << "whoever is told to come back later takes no place";
  connections.clear();
  busy->protocols.clear();
}

TEST_F(LimitTotalConnectionsFactoryTest, HasALimitForTheOverflowToo) {
  const auto busy = std::make_shared<ServedFactory>();
  const auto factory = limited(0, {.factory = busy, .limit = 2});
  EXPECT_TRUE(connect(*factory));
  EXPECT_TRUE(connect(*factory));
  EXPECT_FALSE(connect(*factory));
  EXPECT_EQ(warnings(), 1u);
  loseFirst();
  EXPECT_TRUE(connect(*factory));
  connections.clear();
  busy->protocols.clear();
}

TEST_F(LimitTotalConnectionsFactoryTest, SaysWhomItRefusesOnceAMinute) {
  const auto factory = limited(1);
  connect(*factory);
  for (int i = 0; i < 10; ++i) connect(*factory);
  EXPECT_EQ(warnings(), 1u);
  EXPECT_EQ(log.entries.back().message,
            "connection from 192.0.2.1:4711 refused: 1 are connected already");
  clock.advance(1min);
  connect(*factory);
  EXPECT_EQ(log.entries.back().message,
            "connection from 192.0.2.1:4711 refused: 1 are connected already (and 9 more since the "
            "last line)");
}

TEST_F(LimitTotalConnectionsFactoryTest, SharesALimit) {
  const auto limit = std::make_shared<ConnectionLimit>(2);
  const auto one =
      std::make_shared<LimitTotalConnectionsFactory>(server, limit, OverflowOptions{}, refusals());
  const auto other =
      std::make_shared<LimitTotalConnectionsFactory>(server, limit, OverflowOptions{}, refusals());
  EXPECT_TRUE(connect(*one));
  EXPECT_TRUE(connect(*other));
  EXPECT_FALSE(connect(*one));
  EXPECT_FALSE(connect(*other));
}

TEST_F(LimitTotalConnectionsFactoryTest, MayGoBeforeItsConnections) {
  auto factory = limited(1);
  connect(*factory);
  factory.reset();
  loseFirst();
}

TEST_F(LimitTotalConnectionsFactoryTest, StartsAndStopsBothFactories) {
  const auto busy = std::make_shared<ServedFactory>();
  const auto factory = limited(1, {.factory = busy});
  factory->doStart();
  EXPECT_EQ(server->starts, 1);
  EXPECT_EQ(busy->starts, 1);
  factory->doStop();
  EXPECT_EQ(server->stops, 1);
  EXPECT_EQ(busy->stops, 1);
}

TEST_F(LimitTotalConnectionsFactoryTest, StartsBothFactoriesOrNone) {
  struct Unstartable : ServedFactory {
    void startFactory() override { throw std::runtime_error("no"); }
  };
  const auto factory = limited(1, {.factory = std::make_shared<Unstartable>()});
  EXPECT_THROW(factory->doStart(), std::runtime_error);
  EXPECT_EQ(server->stops, 1);
}

TEST_F(LimitTotalConnectionsFactoryTest, NeedsALimit) {
  EXPECT_THROW(LimitTotalConnectionsFactory(server, std::shared_ptr<ConnectionLimit>()),
               std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
