#pragma once

#include <plait/core/bytes.hpp>

#include "run.hpp"

namespace plait::sim {

/// One direction of a connection: a stream of bytes that are known by their place in it, so that
/// one that is lost, doubled or swapped shows.
class StreamCheck {
 public:
  StreamCheck(Run& run, std::string name) : run_(run), name_(std::move(name)) {}

  /// The next `size` bytes, to be sent.
  Bytes next(std::size_t size);
  /// What came.
  void received(BytesView data);
  /// The connection was closed cleanly by both ends: everything has come.
  void expectAll() const;

  std::uint64_t bytesSent() const { return sent_; }
  std::uint64_t bytesReceived() const { return received_; }
  bool complete() const { return sent_ == received_; }

 private:
  Run& run_;
  std::string name_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace plait::sim
