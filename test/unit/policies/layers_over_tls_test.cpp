#include <plait/core/errors.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/metrics_factory.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <plait/policies/timeout_factory.hpp>
#include <plait/policies/traffic_logging_factory.hpp>
#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_factory.hpp>

#include "conformance/tls_contexts.hpp"
#include "support/layers_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// Policies below TLS, when the protocol starts it, or above.
struct LayersOverTLSTest : LayersTest {
  void connectAndStartTLS(std::shared_ptr<Factory> factory, std::size_t pipeCapacity = 64 * 1024) {
    connect(std::move(factory), pipeCapacity);
    startTLS(*server, testServerContext());
    clientStartsTLS();
  }
  void connectOverTLS(std::shared_ptr<Factory> factory, std::size_t pipeCapacity) {
    connect(tlsServer(testServerContext(), std::move(factory)), pipeCapacity);
    clientStartsTLS();
  }
  void clientStartsTLS() {
    startTLS(*client, testClientContext());
    connection->flush();
  }
};

/// Keeps all the bytes that it is told of.
struct KeepingLog final : TrafficLog {
  struct Recorder final : TrafficRecorder {
    explicit Recorder(Bytes& all) : bytes(all) {}
    void received(BytesView data) override { bytes += data; }
    void written(std::span<const BytesView> pieces) override {
      for (BytesView piece : pieces) bytes += piece;
    }
    void lost(const Failure&) override {}
    Bytes& bytes;
  };
  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection&) override {
    return std::make_unique<Recorder>(bytes);
  }
  Bytes bytes;
};

TEST_F(LayersOverTLSTest, AnIdleTimeoutBelowStartTLSEndsTLSProperly) {
  connectAndStartTLS(std::make_shared<TimeoutFactory>(serving(), TimeoutOptions{.idle = 60s}));
  client->transport().write("hello");
  connection->flush();
  ASSERT_EQ(server->data, "hello");
  advance(2min);
  EXPECT_TRUE(lostFor<IdleTimeout>(*server));
  EXPECT_TRUE(lostFor<ConnectionDone>(*client));  // not TLSTruncated
}

TEST_F(LayersOverTLSTest, ALifetimeTimeoutBelowStartTLSLosesNoByteThatWasWritten) {
  TimeoutOptions options{.lifetime = 60s, .abortAfter = 30s};
  connectAndStartTLS(std::make_shared<TimeoutFactory>(serving(), options), 10'000);
  client->transport().pauseProducing();
  connection->flush();
  server->transport().write(Bytes(1'000'000, 'x'));
  advance(61s);
  client->transport().resumeProducing();
  connection->flush();
  EXPECT_EQ(client->data.size(), 1'000'000u);
  EXPECT_TRUE(lostFor<LifetimeTimeout>(*server));
  EXPECT_TRUE(lostFor<ConnectionDone>(*client));
}

/// What is written grows faster than the peer takes it: 32 bytes a second on the wire, 20 of them.
TEST_F(LayersOverTLSTest, AReaderThatIsSteadyButSlowerThanTheWriterIsNotIdle) {
  connectOverTLS(std::make_shared<TimeoutFactory>(serving(), TimeoutOptions{.idle = 60s}), 100);
  takeNothing();
  for (int second = 1; second <= 1000; ++second) {
    server->transport().write(Bytes(10, 'y'));
    if (second % 5 == 0) {
      takeAgain();
      connection->pump();
      takeNothing();
    }
    advance(1s);
    ASSERT_FALSE(server->lost || server->transport().disconnecting()) << "after " << second << " s";
  }
}

TEST_F(LayersOverTLSTest, TheNumberOfBytesSentNeverShrinks) {
  const auto registry = std::make_shared<MetricsRegistry>();
  const auto sent = [&] {
    const std::string text = registry->text(), name = "\nplait_sent_bytes_total ";
    return std::stoul(text.substr(text.find(name) + name.size()));
  };
  connectOverTLS(std::make_shared<MetricsFactory>(serving(), registry), 10'000);
  server->transport().write(Bytes(5000, 'x'));
  advance(2s);
  takeNothing();
  std::size_t last = sent();
  EXPECT_GE(last, 5000u);
  for (int i = 0; i < 500; ++i) {
    server->transport().write(Bytes(i < 5 ? 5000 : 10, 'y'));
    advance(1s);
    ASSERT_GE(sent(), last) << "after " << i << " s";
    last = sent();
  }
}

TEST_F(LayersOverTLSTest, ATrafficLogBelowStartTLSShowsCiphertext) {
  const auto traffic = std::make_shared<KeepingLog>();
  connect(std::make_shared<TrafficLoggingFactory>(serving(), traffic));
  server->transport().write("in the clear");
  connection->flush();
  startTLS(*server, testServerContext());
  clientStartsTLS();
  server->transport().write("in secret");
  connection->flush();
  EXPECT_EQ(client->data, "in the clearin secret");
  EXPECT_NE(traffic->bytes.find("in the clear"), Bytes::npos);
  EXPECT_EQ(traffic->bytes.find("in secret"), Bytes::npos);
}

}  // namespace
}  // namespace plait::testing
