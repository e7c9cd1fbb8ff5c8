#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <plait/core/log.hpp>
#include <string>
#include <vector>

#include "observation.hpp"
#include "policies.hpp"
#include "services.hpp"

namespace plait::app {

/// `ReactorOptions::lingerLimit`, as the command line's contract has it.
inline constexpr std::size_t kLingerLimit = std::size_t{1} << 20;

/// The command line, checked.
struct Options {
  enum class Command { help, version, serve, forward, demo, connect };

  std::string program;  ///< as it was started
  Command command = Command::help;
  const Service* service = nullptr;  ///< of `serve`
  ServiceOptions serviceOptions;
  std::vector<std::string> listen;  ///< endpoint strings, not looked at yet
  std::string to;                   ///< of `forward` and `connect`
  std::size_t reactors = 1;
  std::chrono::nanoseconds drain = std::chrono::seconds(5);
  LogLevel logLevel = LogLevel::info;
  PolicyOptions policies;
  ObservationOptions observation;
};

/// Reads the command line. Throws UsageError, with one line that says what is wrong.
Options parseOptions(int argc, const char* const* argv);

/// What --help prints.
std::string helpText();

}  // namespace plait::app
