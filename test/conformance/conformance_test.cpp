#include "conformance_test.hpp"

namespace plait::testing {

void ConformanceTest::TearDown() {
  link->destroy();
  std::vector<std::weak_ptr<Transport>> transports;
  for (Pair& pair : pairs_) {
    for (End* end : {&pair.server, &pair.client}) {
      if (!end->made) continue;
      EXPECT_EQ(end->lost, end->handedOver ? 0 : 1) << end->name << ", at the end of the test";
      EXPECT_TRUE(end->protocol.expired()) << end->name << " is kept by somebody";
      transports.push_back(std::exchange(end->transport, nullptr));
    }
  }
  for (const auto& transport : transports) EXPECT_TRUE(transport.expired());
  EXPECT_THAT(takeErrors(), IsEmpty());
}

void ConformanceTest::connect(Pair& pair, const TransportOptions& options) {
  link->connect(pair.server.makeProtocol(), pair.client.makeProtocol(), options);
  EXPECT_TRUE(pair.server.made);
  EXPECT_TRUE(pair.client.made || pair.server.lost > 0) << "the client could not connect";
  if (!kind().secure) return;
  const auto ready = [](const End& end) {
    return end.handshakeCompleted || end.lost > 0 || end.handedOver || !end.made;
  };
  runUntil([&] { return ready(pair.server) && ready(pair.client); });
}

std::size_t ConformanceTest::clog() {
  client.pause();
  std::size_t written = 0;
  while (server.transport->bufferedBytes() < kMegabyte) {
    server.transport->write(pattern(2 * kMegabyte));
    written += 2 * kMegabyte;
    link->settle();
  }
  return written;
}

void ConformanceTest::expectAlive(Pair& pair) {
  for (End* end : {&pair.server, &pair.client}) {
    End& other = end == &pair.server ? pair.client : pair.server;
    const std::size_t before = other.received.size();
    end->transport->write("alive");
    runUntilReceived(other, before + 5);
    EXPECT_EQ(other.received.substr(before), "alive");
  }
}

std::vector<std::string> ConformanceTest::takeErrors() {
  std::vector<std::string> errors;
  for (const auto& entry : std::exchange(log.entries, {})) {
    if (entry.failure.empty()) continue;
    errors.push_back(entry.source.substr(0, entry.source.find(' ')) + ": " + entry.failure);
  }
  return errors;
}

}  // namespace plait::testing
