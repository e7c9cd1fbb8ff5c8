#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "load/load.hpp"
#include "load/messages.hpp"
#include "load/phase.hpp"
#include "load/poller.hpp"

namespace bench {

/// Keeps every connection busy with batches.
class RequestLoad : public Load {
 public:
  /// Makes all connections.
  explicit RequestLoad(const Options& options);

  PhaseResult run(std::uint64_t requests, double seconds) override;
  void settle() override;

 private:
  void begin(Connection& connection);
  void handle(Connection& connection, std::uint32_t events);

  const Options options_;
  Poller poller_;
  Messages messages_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<char> scratch_;
  Phase phase_;  // under way
  std::size_t busy_ = 0;
};

}  // namespace bench
