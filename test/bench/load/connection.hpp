#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "load/options.hpp"

namespace bench {

/// One client connection with at most one batch of messages on the way. Whatever is wrong with the
/// socket or the replies throws std::runtime_error.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects to the server, waiting a few seconds at most; non-blocking from then on. In mode udp
  /// it is a UDP socket, and each batch one datagram.
  explicit Connection(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }

  /// The bytes of the last batch: fill them anew, then call begin().
  std::string& batch() { return batch_; }

  /// Writes the batch. Returns false when the kernel did not take all of it: call send() when the
  /// socket is writable.
  bool begin();
  bool send();

  /// Reads once and compares with what was sent. Returns true when that completed the batch. Bytes
  /// that nobody asked for are an error too.
  bool receive(std::span<char> scratch);

  /// When the batch on the way was begun.
  Clock::time_point begun() const { return begun_; }

 private:
  int fd_;
  std::string batch_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  Clock::time_point begun_;
};

}  // namespace bench
