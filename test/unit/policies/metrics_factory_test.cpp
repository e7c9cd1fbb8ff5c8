#include <gtest/gtest.h>

#include <array>
#include <plait/policies/metrics_factory.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"
#include "one_protocol.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using testing::MemoryConnection;
using testing::OneProtocol;
using testing::RecordedLog;
using testing::RecordingProtocol;

struct MetricsFactoryTest : ::testing::Test {
  std::shared_ptr<MetricsFactory> factoryOf(std::shared_ptr<Protocol> protocol) {
    return std::make_shared<MetricsFactory>(std::make_shared<OneProtocol>(std::move(protocol)),
                                            metrics, MetricLabels{{"listener", "L"}});
  }
  void connect() {
    connection.emplace(clock, factoryOf(server)->makeProtocol(Address()), client);
    connection->flush();
  }
  /// The number in the line that begins so; -1 when there is none.
  long number(const std::string& series) const {
    const std::string text = "\n" + metrics->text();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stol(text.substr(at + series.size() + 2));
  }

  Clock clock;
  std::shared_ptr<MetricsRegistry> metrics = std::make_shared<MetricsRegistry>();
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::optional<MemoryConnection> connection;
};

TEST_F(MetricsFactoryTest, CountsConnections) {
  connect();
  EXPECT_EQ(number("plait_connections_opened_total{listener=\"L\"}"), 1);
  EXPECT_EQ(number("plait_connections_open{listener=\"L\"}"), 1);
  client->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(number("plait_connections_opened_total{listener=\"L\"}"), 1);
  EXPECT_EQ(number("plait_connections_open{listener=\"L\"}"), 0);
}

/// Counts everything but why connections end.
struct Incomplete final : Metrics {
  std::shared_ptr<Counter> counter(const MetricDescription& what) override {
    if (what.name == "plait_connections_lost_total") throw std::runtime_error("out of counters");
    return registry.counter(what);
  }
  std::shared_ptr<Gauge> gauge(const MetricDescription& what) override {
    return registry.gauge(what);
  }
  std::shared_ptr<Histogram> histogram(const MetricDescription& what,
                                       std::span<const double> bounds) override {
    return registry.histogram(what, bounds);
  }
  MetricsRegistry registry;
};

TEST_F(MetricsFactoryTest, TellsOfTheLossThoughTheMetricsThrow) {
  RecordedLog log;
  const auto factory = std::make_shared<MetricsFactory>(
      std::make_shared<OneProtocol>(server), std::make_shared<Incomplete>(), MetricLabels{});
  connection.emplace(clock, factory->makeProtocol(Address()), client,
                     MemoryConnection::Options{.log = &log.log});
  connection->flush();
  client->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(server->lost, 1);
  EXPECT_EQ(log.failures(), std::vector<std::string>{"out of counters"});
}

TEST_F(MetricsFactoryTest, CountsReasonsOfLossByTheirClass) {
  connect();
  client->transport().abortConnection();
  connection->flush();
  EXPECT_EQ(number("plait_connections_lost_total{listener=\"L\",reason=\"ConnectionLost\"}"), 1);
}

TEST_F(MetricsFactoryTest, CountsBytesASecondLater) {
  connect();
  client->transport().write(Bytes(1000, 'x'));
  server->transport().write(Bytes(300, 'y'));
  connection->flush();
  clock.advance(1s);
  EXPECT_EQ(number("plait_received_bytes_total{listener=\"L\"}"), 1000);
  EXPECT_EQ(number("plait_sent_bytes_total{listener=\"L\"}"), 300);
}

TEST_F(MetricsFactoryTest, CountsBytesWhenTheConnectionEnds) {
  connect();
  client->transport().write(Bytes(1000, 'x'));
  client->transport().loseConnection();
  server->transport().write(Bytes(300, 'y'));
  connection->flush();
  EXPECT_EQ(number("plait_received_bytes_total{listener=\"L\"}"), 1000);
  EXPECT_EQ(number("plait_sent_bytes_total{listener=\"L\"}"), 300);
}

TEST_F(MetricsFactoryTest, TellsWhatWaitsToBeSent) {
  connect();
  client->transport().pauseProducing();
  server->transport().write(Bytes(1'000'000, 'y'));
  connection->flush();
  clock.advance(1s);
  EXPECT_EQ(number("plait_buffered_bytes{listener=\"L\"}"), 1'000'000 - 64 * 1024);
  client->transport().resumeProducing();
  connection->flush();
  clock.advance(1s);
  EXPECT_EQ(number("plait_buffered_bytes{listener=\"L\"}"), 0);
}

TEST_F(MetricsFactoryTest, ForgetsWhatWaitsWhenTheConnectionEnds) {
  connect();
  client->transport().pauseProducing();
  server->transport().write(Bytes(1'000'000, 'y'));
  connection->flush();
  clock.advance(1s);
  server->transport().abortConnection();
  connection->flush();
  EXPECT_EQ(number("plait_buffered_bytes{listener=\"L\"}"), 0);
}

TEST_F(MetricsFactoryTest, CostsNoTimerWhileNothingHappens) {
  connect();
  EXPECT_EQ(clock.pendingCalls(), 0u);
  client->transport().write("x");
  connection->flush();
  EXPECT_EQ(clock.pendingCalls(), 1u);
  clock.advance(1s);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(MetricsFactoryTest, LeavesNoTimerBehind) {
  connect();
  client->transport().write("x");
  client->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(MetricsFactoryTest, CountsRefusals) {
  const auto factory = factoryOf(nullptr);
  EXPECT_FALSE(factory->makeProtocol(Address()));
  EXPECT_EQ(number("plait_connections_refused_total{listener=\"L\"}"), 1);
}

TEST_F(MetricsFactoryTest, MetricsThatThrowEndTheConnection) {
  metrics->histogram({"plait_connections_open", "of somebody else"}, std::array{1.0});
  RecordedLog log;
  const auto factory =
      std::make_shared<MetricsFactory>(Factory::forProtocol<RecordingProtocol>(), metrics);
  connection.emplace(clock, factory->makeProtocol(Address()), client,
                     MemoryConnection::Options{.log = &log.log});
  connection->flush();
  EXPECT_EQ(client->lost, 1);
  connection.reset();
}

TEST_F(MetricsFactoryTest, NeedsMetrics) {
  EXPECT_THROW(MetricsFactory(std::make_shared<OneProtocol>(server), nullptr),
               std::invalid_argument);
}

}  // namespace
}  // namespace plait
