#pragma once

#include <gtest/gtest.h>

#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <utility>

#include "../../support/recorded_log.hpp"
#include "../one_protocol.hpp"

namespace plait::testing {

/// A server behind policies that are stacked, and a client, in memory.
struct LayersTest : ::testing::Test {
  /// The factory of the server; for policies to be put around.
  std::shared_ptr<Factory> serving() const { return std::make_shared<OneProtocol>(server); }

  /// A client connects, and everything rests.
  void connect(std::shared_ptr<Factory> served, std::size_t pipeCapacity = 64 * 1024) {
    factory = std::move(served);
    connection.emplace(clock, factory->makeProtocol({}), client,
                       MemoryConnection::Options{.pipeCapacity = pipeCapacity, .log = &log.log});
    connection->flush();
  }
  void advance(Duration time, Duration step = std::chrono::seconds(1)) {
    for (Duration passed{}; passed < time; passed += step) {
      clock.advance(step);
      connection->flush();
    }
  }

  /// The client's system takes no bytes, whatever the layers above want; and does so again.
  void takeNothing() { connection->client().pauseProducing(); }
  void takeAgain() { connection->client().resumeProducing(); }

  template <class Reason>
  static bool lostFor(const RecordingProtocol& protocol) {
    return protocol.lost == 1 && protocol.reason->check<Reason>();
  }

  RecordedLog log;
  Clock clock;
  std::shared_ptr<Factory> factory;
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::optional<MemoryConnection> connection;
};

}  // namespace plait::testing
