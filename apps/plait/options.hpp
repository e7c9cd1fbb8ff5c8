#pragma once

#include <chrono>
#include <optional>
#include <plait/core/log.hpp>
#include <string>
#include <vector>

#include "endpoints.hpp"
#include "services.hpp"

namespace plait::app {

/// The command line, checked.
struct Options {
  enum class Command { help, version, serve, demo, connect };

  std::string program;  ///< as it was started
  Command command = Command::help;
  const Service* service = nullptr;  ///< of `serve`
  ServiceOptions serviceOptions;
  std::vector<ListenEndpoint> listen;
  ConnectEndpoint connect;
  std::chrono::nanoseconds drain = std::chrono::seconds(5);
  LogLevel logLevel = LogLevel::info;
};

/// Reads the command line. Throws std::invalid_argument, with one line that says what is wrong.
Options parseOptions(int argc, const char* const* argv);

/// What --help prints.
std::string helpText();

}  // namespace plait::app
