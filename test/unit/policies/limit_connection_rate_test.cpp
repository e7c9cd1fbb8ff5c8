#include <plait/policies/limit_connection_rate.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>

#include "support/policy_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct LimitConnectionRateTest : PolicyTest {
  std::shared_ptr<LimitConnectionRate> limited(ConnectionRateOptions options) {
    return std::make_shared<LimitConnectionRate>(server, options, refusals());
  }
};

TEST_F(LimitConnectionRateTest, RefusesAPeerThatConnectsTooOften) {
  const auto factory = limited({.perPeer = ConnectionRate{1, 2}});
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.1"));
  EXPECT_TRUE(connect(*factory, "192.0.2.2"));
  EXPECT_EQ(log.entries.back().message,
            "connection from 192.0.2.1:4711 refused: it connects too often");
  clock.advance(1s);
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.1"));
}

TEST_F(LimitConnectionRateTest, CountsConnectionsThatAreGone) {
  const auto factory = limited({.perPeer = ConnectionRate{1, 1}});
  EXPECT_TRUE(connect(*factory));
  loseFirst();
  EXPECT_FALSE(connect(*factory));
}

TEST_F(LimitConnectionRateTest, RefusesWhatIsTooMuchForAll) {
  const auto factory = limited({.total = ConnectionRate{1, 1}});
  EXPECT_TRUE(connect(*factory, "192.0.2.1"));
  EXPECT_FALSE(connect(*factory, "192.0.2.2"));
  EXPECT_EQ(log.entries.back().message,
            "connection from 192.0.2.2:4711 refused: too many connect at once");
}

TEST_F(LimitConnectionRateTest, IsNotInTheWayOfAByte) {
  const auto factory = limited({.total = ConnectionRate{1, 1}});
  const auto protocol = factory->makeProtocol(address("192.0.2.1"));
  EXPECT_EQ(protocol, server->protocols.at(0));
}

TEST_F(LimitConnectionRateTest, StacksWithALimit) {
  const auto total =
      std::make_shared<LimitTotalConnectionsFactory>(server, 1, OverflowOptions{}, refusals());
  const auto factory = std::make_shared<LimitConnectionRate>(
      total, ConnectionRateOptions{.perPeer = ConnectionRate{1, 3}}, refusals());
  EXPECT_TRUE(connect(*factory));
  EXPECT_FALSE(connect(*factory)) << "no place";
  loseFirst();
  EXPECT_TRUE(connect(*factory));
  loseFirst();
  EXPECT_FALSE(connect(*factory)) << "too fast";
  EXPECT_EQ(total->connectionCount(), 0u);
}

TEST_F(LimitConnectionRateTest, SharesALimit) {
  const auto limit =
      std::make_shared<ConnectionRateLimit>(ConnectionRateOptions{.perPeer = ConnectionRate{1, 1}});
  const auto one = std::make_shared<LimitConnectionRate>(server, limit, refusals());
  const auto other = std::make_shared<LimitConnectionRate>(server, limit, refusals());
  EXPECT_TRUE(connect(*one));
  EXPECT_FALSE(connect(*other));
}

TEST_F(LimitConnectionRateTest, NeedsALimit) {
  EXPECT_THROW(LimitConnectionRate(server, std::shared_ptr<ConnectionRateLimit>()),
               std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
