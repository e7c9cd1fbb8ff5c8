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

/// Connections that come, send one message, have it back and close, a given number at a time.
class ChurnLoad : public Load {
 public:
  ChurnLoad(const Options& options, const ServerProcess* server);

  PhaseResult run(std::uint64_t requests, double seconds) override;
  /// Waits besides until the server has closed its ends, for some seconds at most, and throws when
  /// it keeps them.
  void settle() override;

 private:
  void begin();
  void handle(Connection& connection);

  const Options options_;
  const ServerProcess* const server_;
  const std::size_t descriptorsAtRest_;
  Poller poller_;
  Messages messages_;
  std::vector<char> scratch_;
  std::vector<std::unique_ptr<Connection>> busy_;
  std::size_t serial_ = 0;
  Phase phase_;  // under way
};

}  // namespace bench
