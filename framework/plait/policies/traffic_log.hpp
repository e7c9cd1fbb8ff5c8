#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <plait/core/address.hpp>
#include <plait/core/bytes.hpp>
#include <plait/core/failure.hpp>
#include <span>

namespace plait {

/// A connection whose traffic is recorded.
struct TrafficConnection {
  std::uint64_t number = 0;  ///< counted from 1 by its log, over all factories that share it
  Address peer;
  Address host;
  bool outgoing = false;  ///< made by this side
};

/// Takes what happens on one connection, in order.
///
/// Thread: the connection's.
class TrafficRecorder {
 public:
  virtual ~TrafficRecorder() = default;

  virtual void received(BytesView data) = 0;
  /// Written in one call, by the protocol; sent when the peer takes it.
  virtual void written(std::span<const BytesView> pieces) = 0;
  /// The protocol closes the connection.
  virtual void losing() {}
  virtual void lost(const Failure& reason) = 0;
};

/// Where a TrafficLoggingFactory puts what it sees: TextTrafficLog, PcapngTrafficLog or your own.
///
/// Thread: those of all connections.
class TrafficLog {
 public:
  virtual ~TrafficLog() = default;

  virtual std::unique_ptr<TrafficRecorder> opened(const TrafficConnection& connection) = 0;
  /// Called when a connection ends, and within a second of whatever else is recorded.
  virtual void flush() {}

  /// For the connection that comes next; whoever makes TrafficConnections asks for it.
  std::uint64_t nextNumber() { return ++count_; }

 private:
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace plait
