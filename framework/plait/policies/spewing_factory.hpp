#pragma once

#include <optional>
#include <plait/core/log.hpp>
#include <plait/policies/traffic_logging_factory.hpp>

namespace plait {

/// Says everything that is received and written in the log, at level info, in the lines of a
/// TextTrafficLog: for looking at a protocol that is being made. Twisted: `SpewingFactory`.
class SpewingFactory : public TrafficLoggingFactory {
 public:
  /// Of each line at most `lengthLimit` bytes of traffic are told. `log` must outlive it.
  explicit SpewingFactory(std::shared_ptr<Factory> wrapped, Log& log = standardLog(),
                          std::optional<std::size_t> lengthLimit = {});
};

}  // namespace plait
