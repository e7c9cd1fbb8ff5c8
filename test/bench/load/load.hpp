#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "load/connection.hpp"
#include "load/messages.hpp"
#include "load/options.hpp"

namespace bench {

/// What a phase achieved.
struct PhaseResult {
  std::uint64_t requests = 0;
  std::chrono::duration<double> wall{};
  /// From writing each batch until its last reply was in, unordered.
  std::vector<std::chrono::nanoseconds> latencies;
};

/// Keeps every connection busy with batches, in one thread.
class Load {
 public:
  /// Makes all connections. Like run(), throws std::runtime_error for whatever goes wrong.
  explicit Load(const Options& options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Sends `requests` messages, rounded up to whole batches, or, when that is 0, begins batches for
  /// `seconds`. Returns when every reply has come, so the server has nothing left to do.
  PhaseResult run(std::uint64_t requests, double seconds);

  /// Gives the server a moment to finish the turn of its loop and go to sleep, then makes sure that
  /// it sent nothing which nobody asked for.
  void settle();

 private:
  using Clock = Connection::Clock;

  bool mayBegin(Clock::time_point now) const;
  void begin(Connection& connection);
  void handle(Connection& connection, std::uint32_t events);
  void watch(int operation, Connection& connection, std::uint32_t interest);
  void checkTime(Clock::time_point now) const;

  const Options options_;
  const Clock::time_point deadline_;
  const int epoll_;
  Messages messages_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<char> scratch_;

  // The phase under way.
  PhaseResult result_;
  std::uint64_t batchesLeft_ = 0;
  Clock::time_point beginUntil_;
  Clock::time_point lastReply_;
  std::size_t busy_ = 0;
};

}  // namespace bench
