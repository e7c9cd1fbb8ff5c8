#include <plait/policies/limit_connections_by_peer.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>

#include "support/policy_test.hpp"

namespace plait::testing {
namespace {

struct LimitConnectionsByPeerTest : PolicyTest {
  std::shared_ptr<LimitConnectionsByPeer> limited(std::size_t limit, PeerPrefixes prefixes = {}) {
    return std::make_shared<LimitConnectionsByPeer>(server, limit, prefixes, refusals());
  }
};

TEST_F(LimitConnectionsByPeerTest, RefusesAPeerThatHasEnough) {
  const auto factory = limited(2);
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.2")) << "others have room";
  EXPECT_TRUE(connect(*factory, "2001:db8::1"));
  EXPECT_EQ(factory->connectionCount(address("192.0.2.1")), 2u);
  EXPECT_EQ(factory->connectionCount(address("192.0.2.2")), 1u);
  EXPECT_EQ(factory->connectionCount(address("192.0.2.3")), 0u);
}

TEST_F(LimitConnectionsByPeerTest, HasRoomAgainWhenAConnectionIsLost) {
  const auto factory = limited(1);
  connect(*factory, "192.0.2.1");
  loseFirst();
  EXPECT_EQ(factory->connectionCount(address("192.0.2.1")), 0u);
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.1"));
}

TEST_F(LimitConnectionsByPeerTest, CountsANetworkAsOne) {
  const auto factory = limited(2, {.ipv4 = 24, .ipv6 = 64});
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.2"));
  EXPECT_FALSE(connect(*factory, "192.0.2.3"));
  EXPECT_TRUE(connect(*factory, "192.0.3.3"));
  EXPECT_TRUE(connect(*factory, "2001:db8::1"));
  EXPECT_TRUE(connect(*factory, "2001:db8::2"));
  EXPECT_FALSE(connect(*factory, "2001:db8::3"));
  EXPECT_TRUE(connect(*factory, "2001:db8:0:1::3"));
}

TEST_F(LimitConnectionsByPeerTest, CountsIPv4WrittenAsIPv6) {
  const auto factory = limited(1);
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "::ffff:192.0.2.1"));
}

TEST_F(LimitConnectionsByPeerTest, DoesNotLimitPeersWithoutAnIPAddress) {
  const auto factory = limited(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(connect(*factory, UNIXAddress{}));
}

TEST_F(LimitConnectionsByPeerTest, CountsALossOnceWhateverIsThrown) {
  const auto factory = limited(2);
  server->whenLost = [] { throw std::runtime_error("lost"); };
  connect(*factory);
  connect(*factory);
  loseFirst();
  EXPECT_EQ(factory->connectionCount(address("192.0.2.1")), 1u);
  server->refuse = true;
  EXPECT_FALSE(connect(*factory));
  server->whenBuilding = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(connect(*factory), std::runtime_error);
  EXPECT_EQ(factory->connectionCount(address("192.0.2.1")), 1u);
}

TEST_F(LimitConnectionsByPeerTest, RemembersOnlyThoseWhoAreThere) {
  const auto limit = std::make_shared<PeerConnectionLimit>(1);
  const auto factory = std::make_shared<LimitConnectionsByPeer>(server, limit, refusals());
  for (std::uint8_t i = 0; i < 100; ++i) connect(*factory, IPv4Address{{10, 0, 0, i}, 1});
  EXPECT_EQ(limit->peers(), 100u);
  for (int i = 0; i < 99; ++i) loseFirst();
  EXPECT_EQ(limit->peers(), 1u);
  loseFirst();
  EXPECT_EQ(limit->peers(), 0u);
}

TEST_F(LimitConnectionsByPeerTest, LetsNobodyInWithoutPlaces) {
  const auto factory = limited(0);
  EXPECT_FALSE(connect(*factory));
}

TEST_F(LimitConnectionsByPeerTest, SaysWhomItRefuses) {
  const auto factory = limited(1, {.ipv4 = 24});
  for (int i = 0; i < 9; ++i) connect(*factory, "192.0.2.1");
  EXPECT_EQ(warnings(), 1u);
  EXPECT_EQ(log.entries.back().message,
            "connection from 192.0.2.1:4711 refused: 192.0.2.0/24 has 1 connections already");
}

TEST_F(LimitConnectionsByPeerTest, StacksAroundALimitForAll) {
  const auto total =
      std::make_shared<LimitTotalConnectionsFactory>(server, 3, OverflowOptions{}, refusals());
  const auto factory =
      std::make_shared<LimitConnectionsByPeer>(total, 2, PeerPrefixes{}, refusals());
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.2"));
  EXPECT_FALSE(connect(*factory, "192.0.2.2")) << "all places are taken";
  EXPECT_EQ(factory->connectionCount(address("192.0.2.2")), 1u) << "the refused one has left";
  for (int i = 0; i < 3; ++i) loseFirst();
  EXPECT_EQ(total->connectionCount(), 0u);
  EXPECT_EQ(factory->connectionCount(address("192.0.2.1")), 0u);
}

TEST_F(LimitConnectionsByPeerTest, NeedsALimit) {
  EXPECT_THROW(LimitConnectionsByPeer(server, std::shared_ptr<PeerConnectionLimit>()),
               std::invalid_argument);
  EXPECT_THROW(limited(1, {.ipv4 = 40}), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
