#pragma once

#include <gtest/gtest.h>

#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/simulated_network.hpp>
#include <vector>

#include "../../support/recorded_log.hpp"

namespace plait::testing {

using namespace std::chrono_literals;

/// Keeps the protocols it makes, and how attempts to connect have failed.
class RecordingFactory : public ClientFactory {
 public:
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    made.push_back(std::make_shared<RecordingProtocol>());
    return made.back();
  }
  void clientConnectionFailed(Connector&, const Failure& reason) override {
    failures.push_back(reason);
  }
  void clientConnectionLost(Connector&, const Failure& reason) override { lost.push_back(reason); }

  std::vector<std::shared_ptr<RecordingProtocol>> made;
  std::vector<Failure> failures;
  std::vector<Failure> lost;
};

inline std::string lossOf(const RecordingProtocol& protocol) {
  return protocol.reason ? protocol.reason->typeName() : "still connected";
}

/// A network of two hosts. When a test is over, nothing must be left open on any of them.
class SimulatedTest : public ::testing::Test {
 protected:
  struct Ends {
    std::shared_ptr<RecordingProtocol> server;
    std::shared_ptr<RecordingProtocol> client;
  };

  void TearDown() override {
    for (const auto& port : ports_) port->stopListening();
    EXPECT_TRUE(network.runUntilIdle());
    EXPECT_EQ(network.leftovers(), "");
    EXPECT_EQ(network.bytesUnderWay(), 0u);
  }

  /// Connects the client's host to the server's, at port 7.
  Ends connect(const TransportOptions& transport = {}) {
    const auto servers = listen(transport);
    const auto clients = std::make_shared<RecordingFactory>();
    client.connectTCP("server", 7, clients, {.transport = transport});
    EXPECT_TRUE(network.runUntil([&] { return servers->made.size() == 1; }));
    return {servers->made.at(0), clients->made.at(0)};
  }
  std::shared_ptr<RecordingFactory> listen(const TransportOptions& transport = {}) {
    const auto servers = std::make_shared<RecordingFactory>();
    ports_.push_back(server.listenTCP(7, servers, {.transport = transport}));
    return servers;
  }
  bool runUntilLost(const RecordingProtocol& protocol) {
    return network.runUntil([&] { return protocol.lost > 0; });
  }

  RecordedLog log;
  SimulatedNetwork network{42, log.log};
  SimulatedHost& server = network.addHost("server");
  SimulatedHost& client = network.addHost("client");

 private:
  std::vector<std::shared_ptr<ListeningPort>> ports_;
};

}  // namespace plait::testing
