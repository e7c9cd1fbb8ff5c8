#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

#include "load/options.hpp"
#include "load/server_process.hpp"
#include "load/system_call_counter.hpp"

namespace bench {

/// What the server has used so far, of what the options ask for.
class ServerAccount {
 public:
  explicit ServerAccount(const Options& options) {
    if (options.serverPid == 0) return;
    process_.emplace(options.serverPid);
    if (options.systemCalls) counter_.emplace(options.serverPid);
  }

  const ServerProcess* process() const { return process_ ? &*process_ : nullptr; }
  std::uint64_t nanoseconds() const { return process_ ? process_->cpuNanoseconds() : 0; }
  std::uint64_t systemCalls() const { return counter_ ? counter_->count() : 0; }

  /// JSON: what was used per request, null for what is not counted.
  std::string cpuPerRequest(std::uint64_t before, std::uint64_t requests) const {
    return process_ ? perRequest(nanoseconds() - before, requests) : "null";
  }
  std::string systemCallsPerRequest(std::uint64_t before, std::uint64_t requests) const {
    return counter_ ? perRequest(systemCalls() - before, requests) : "null";
  }

 private:
  static std::string perRequest(std::uint64_t used, std::uint64_t requests) {
    return fmt::format("{:.4f}", static_cast<double>(used) / static_cast<double>(requests));
  }

  std::optional<ServerProcess> process_;
  std::optional<SystemCallCounter> counter_;
};

}  // namespace bench
