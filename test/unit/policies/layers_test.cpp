#include <plait/core/errors.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/throttling_factory.hpp>
#include <plait/policies/timeout_factory.hpp>

#include "support/layers_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(LayersTest, ATimeoutOutsideOfAThrottleLosesNoByteThatWaits) {
  ThrottlingOptions slow{.writeLimit = BandwidthLimit{.rate = 1000}};
  connect(std::make_shared<TimeoutFactory>(std::make_shared<ThrottlingFactory>(serving(), slow),
                                           TimeoutOptions{.lifetime = 5s, .abortAfter = 30s}));
  server->transport().write(Bytes(10'000, 'x'));
  advance(30s, 10ms);
  EXPECT_EQ(client->data.size(), 10'000u);
  EXPECT_TRUE(lostFor<LifetimeTimeout>(*server));
  EXPECT_TRUE(lostFor<ConnectionDone>(*client));
}

/// 50 KB come at once, and are dealt out within 50 seconds, in which the wire is silent.
TEST_F(LayersTest, ATimeoutInsideOfAThrottleSeesWhatIsDealtOut) {
  ThrottlingOptions slow{.readLimit = BandwidthLimit{.rate = 1000}};
  connect(std::make_shared<ThrottlingFactory>(
      std::make_shared<TimeoutFactory>(serving(), TimeoutOptions{.idle = 10s}), slow));
  client->transport().write(Bytes(50'000, 'x'));
  advance(65s, 10ms);
  EXPECT_EQ(server->data.size(), 50'000u);
  EXPECT_TRUE(lostFor<IdleTimeout>(*server));
}

TEST_F(LayersTest, ATimeoutOutsideOfAThrottleTakesThatForSilence) {
  ThrottlingOptions slow{.readLimit = BandwidthLimit{.rate = 1000}};
  connect(std::make_shared<TimeoutFactory>(std::make_shared<ThrottlingFactory>(serving(), slow),
                                           TimeoutOptions{.idle = 10s}));
  client->transport().write(Bytes(50'000, 'x'));
  advance(15s, 10ms);
  EXPECT_TRUE(lostFor<IdleTimeout>(*server));
}

// What is below is closed by Connector::disconnect and by a reactor that stops.

TEST_F(LayersTest, ClosingBelowAThrottleEndsWithAPeerThatTakesNothing) {
  ThrottlingOptions options{.writeLimit = BandwidthLimit{.rate = 1'000'000}};
  connect(std::make_shared<ThrottlingFactory>(serving(), options), 1000);
  takeNothing();
  server->transport().write(Bytes(100'000, 'x'));
  advance(5s);
  connection->server().loseConnection();
  advance(1h);
  EXPECT_EQ(server->lost, 1);
}

TEST_F(LayersTest, ClosingBelowAThrottleWaitsForWhatIsSlowByOrder) {
  ThrottlingOptions options;
  options.sharedWrite = std::make_shared<Throttle>(clock, BandwidthLimit{.rate = 1, .burst = 100});
  connect(std::make_shared<ThrottlingFactory>(serving(), options), 1000);
  server->transport().write(Bytes(200, 'x'));
  connection->flush();
  connection->server().loseConnection();
  advance(5min);
  EXPECT_EQ(client->data.size(), 200u);
  EXPECT_EQ(server->lost, 1);
}

}  // namespace
}  // namespace plait::testing
