#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <plait/core/errors.hpp>
#include <plait/core/factory.hpp>
#include <plait/policies/refusals.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>
#include <vector>

#include "../../support/recorded_log.hpp"

namespace plait::testing {

/// A protocol behind policies, that may be told to throw.
struct Served : RecordingProtocol {
  void connectionMade() override {
    RecordingProtocol::connectionMade();
    if (whenMade) whenMade();
  }
  void connectionLost(const Failure& why) override {
    RecordingProtocol::connectionLost(why);
    if (whenLost) whenLost();
  }

  std::function<void()> whenMade;
  std::function<void()> whenLost;
};

/// Makes them, and keeps them.
struct ServedFactory : Factory {
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    if (whenBuilding) whenBuilding();
    if (refuse) return nullptr;
    protocols.push_back(std::make_shared<Served>());
    protocols.back()->whenMade = whenMade;
    protocols.back()->whenLost = whenLost;
    return protocols.back();
  }
  void startFactory() override { ++starts; }
  void stopFactory() override { ++stops; }

  std::vector<std::shared_ptr<Served>> protocols;
  std::function<void()> whenBuilding;
  std::function<void()> whenMade;
  std::function<void()> whenLost;
  bool refuse = false;
  int starts = 0;
  int stops = 0;
};

/// Factories behind policies, and connections to them in memory.
struct PolicyTest : ::testing::Test {
  ~PolicyTest() override {
    connections.clear();
    server->protocols.clear();
  }

  RefusalOptions refusals() {
    return {.log = &log.log, .now = [this] { return clock.now(); }};
  }

  static Address address(std::string_view host) {
    if (auto ip = IPv4Address::parse(host, 4711)) return *ip;
    return IPv6Address::parse(host, 4711).value();
  }

  /// A client at `peer` connects; false when it is refused.
  bool connect(Factory& factory, const Address& peer = IPv4Address{{192, 0, 2, 1}, 4711}) {
    auto protocol = factory.makeProtocol(peer);
    if (!protocol) return false;
    client = std::make_shared<RecordingProtocol>();
    connections.push_back(std::make_unique<MemoryConnection>(
        clock, std::move(protocol), client,
        MemoryConnection::Options{.client = peer, .log = &log.log}));
    connections.back()->flush();
    return true;
  }
  bool connect(Factory& factory, std::string_view host) { return connect(factory, address(host)); }

  /// The client of the connection made first goes away.
  void loseFirst() {
    connections.front()->client().loseConnection();
    connections.front()->flush();
    connections.erase(connections.begin());
  }

  std::size_t warnings() const {
    std::size_t count = 0;
    for (const auto& entry : log.entries) count += entry.level == LogLevel::warn;
    return count;
  }

  RecordedLog log;
  Clock clock;
  std::shared_ptr<ServedFactory> server = std::make_shared<ServedFactory>();
  std::shared_ptr<RecordingProtocol> client;  // of the connection made last
  std::vector<std::unique_ptr<MemoryConnection>> connections;
};

}  // namespace plait::testing
