#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "load/options.hpp"
#include "load/stream.hpp"

namespace bench {

/// One client connection with at most one batch of messages on the way. Whatever is wrong with the
/// socket or the replies throws std::runtime_error.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects to the server and, in mode tls, shakes hands, waiting a few seconds at most;
  /// non-blocking from then on. In mode udp it is a UDP socket, and each batch one datagram.
  /// `serial` as in connectedSocket().
  explicit Connection(const Options& options, std::size_t serial = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }

  /// The bytes of the last batch: fill them anew, then call begin() or expect().
  std::string& batch() { return batch_; }

  /// Writes the batch. Returns false when the kernel did not take all of it: call send() when the
  /// socket is writable.
  bool begin();
  bool send();

  /// Awaits the batch, which somebody else sends.
  void expect();

  /// Reads what is there, once at most for plain sockets, and compares with what is due. Returns
  /// true when that completed the batch. Bytes that nobody asked for are an error too.
  bool receive(std::span<char> scratch);

  /// When the batch on the way was begun.
  Clock::time_point begun() const { return begun_; }

 private:
  void check(std::span<const char> received);

  int fd_;
  std::unique_ptr<Stream> stream_;
  std::string batch_;
  std::size_t due_ = 0;  // of the batch: sent, or expected
  std::size_t received_ = 0;
  Clock::time_point begun_;
};

}  // namespace bench
