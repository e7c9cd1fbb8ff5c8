#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/testing/memory_transport.hpp>

#include "support/recorded_log.hpp"
#include "tls_end.hpp"

namespace plait::testing {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A server and a client that speak TLS over memory. Set the script, then `connect`.
template <class End>
class TLSTestOf : public ::testing::Test {
 protected:
  void connect() {
    options.log = &log.log;
    connection = std::make_unique<MemoryConnection>(clock, overTLS(serverContext, server),
                                                    overTLS(clientContext, client), options);
  }
  /// Connects, and forgets what has been noted until the handshakes were done.
  void connectAndShake() {
    connect();
    flush();
    notes.clear();
  }
  /// Until nothing happens any more.
  void flush() { EXPECT_TRUE(connection->flush()); }
  /// What has been noted, in order; then it is forgotten.
  Notes takeNotes() { return std::exchange(notes, {}); }

  Clock clock;
  RecordedLog log{LogLevel::warn};
  Notes notes;
  std::shared_ptr<End> server = std::make_shared<End>("server", notes);
  std::shared_ptr<End> client = std::make_shared<End>("client", notes);
  std::shared_ptr<TLSContext> serverContext = testServerTLS();
  std::shared_ptr<TLSContext> clientContext = testClientTLS();
  MemoryConnection::Options options;
  std::unique_ptr<MemoryConnection> connection;
};

using TLSTest = TLSTestOf<TLSEnd>;
using HalfCloseableTLSTest = TLSTestOf<HalfCloseableTLSEnd>;

/// `size` bytes of which no two neighbouring kilobytes are equal, so that a loss or a swap shows.
inline Bytes pattern(std::size_t size) {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + i / 1009) & 0xff);
  return bytes;
}

}  // namespace plait::testing
