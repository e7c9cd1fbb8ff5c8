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

/// The clients take turns: one sends a batch of lines, all must receive it, then the next. A
/// request is one line sent, whatever the number of its copies.
class FanoutLoad : public Load {
 public:
  /// Makes all connections.
  explicit FanoutLoad(const Options& options);

  PhaseResult run(std::uint64_t requests, double seconds) override;
  void settle() override;

 private:
  void publish();

  const Options options_;
  Poller poller_;
  Messages messages_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<char> scratch_;
  std::size_t publisher_ = 0;
};

}  // namespace bench
