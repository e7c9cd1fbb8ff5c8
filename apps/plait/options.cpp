#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "endpoints.hpp"

namespace plait::app {

namespace {

/// The command line as CLI11 has split it; values are still text.
struct RawOptions {
  std::string service;
  std::vector<std::string> operands;
  std::vector<std::string> listen;
  std::optional<std::string> maxLength, delimiter, drain, logLevel;
  std::optional<std::string> to, reactors, maxConnections, maxConnectionsPerPeer, idleTimeout;
  bool help = false;
  bool version = false;
};

[[noreturn]] void usageError(std::string message) {
  throw UsageError(message);
}

RawOptions split(int argc, const char* const* argv) {
  RawOptions raw;
  CLI::App app;
  app.set_help_flag();  // ours is written by hand
  app.add_flag("-h,--help", raw.help);
  app.add_flag("--version", raw.version);
  app.add_option("SERVICE", raw.service);
  app.add_option("OPERAND", raw.operands);
  app.add_option("--listen", raw.listen)->allow_extra_args(false);
  app.add_option("--max-length", raw.maxLength);
  app.add_option("--delimiter", raw.delimiter);
  app.add_option("--drain", raw.drain);
  app.add_option("--log-level", raw.logLevel);
  app.add_option("--to", raw.to);
  app.add_option("--reactors", raw.reactors);
  app.add_option("--max-connections", raw.maxConnections);
  app.add_option("--max-connections-per-peer", raw.maxConnectionsPerPeer);
  app.add_option("--idle-timeout", raw.idleTimeout);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    usageError(error.what());
  }
  return raw;
}

/// Not silently accepted: what the command line's contract has and this version has not.
void refuseWhatIsNotBuilt(const RawOptions& raw) {
  const std::pair<const char*, bool> missing[] = {
      {"--max-connections", raw.maxConnections.has_value()},
      {"--max-connections-per-peer", raw.maxConnectionsPerPeer.has_value()},
      {"--idle-timeout", raw.idleTimeout.has_value()},
  };
  for (const auto& [name, given] : missing) {
    if (given) usageError(fmt::format("{} is not built yet", name));
  }
}

std::size_t parseReactors(const std::string& text) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  constexpr std::size_t kMost = 1024;
  if (error != std::errc{} || stop != end || number < 1 || number > kMost) {
    usageError(fmt::format("--reactors takes a number from 1 to {}, not '{}'", kMost, text));
  }
  return number;
}

std::size_t parseBytes(const char* option, const std::string& text) {
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (error != std::errc{} || stop != end || number > kMost) {
    usageError(
        fmt::format("{} takes a number of bytes from 0 to {}, not '{}'", option, kMost, text));
  }
  return number;
}

std::chrono::nanoseconds parseSeconds(const char* option, const std::string& text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  constexpr double kMost = 1e6;
  if (error != std::errc{} || stop != end || !(seconds >= 0 && seconds <= kMost)) {
    usageError(fmt::format("{} takes seconds from 0 to 1000000, not '{}'", option, text));
  }
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

std::string parseDelimiter(const std::string& text) {
  if (text == "crlf") return "\r\n";
  if (text == "lf") return "\n";
  usageError(fmt::format("--delimiter takes crlf or lf, not '{}'", text));
}

LogLevel parseLogLevel(const std::string& text) {
  for (auto level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    if (text == toString(level)) return level;
  }
  usageError(fmt::format("--log-level takes debug, info, warn or error, not '{}'", text));
}

void parseServiceOptions(const RawOptions& raw, Options& options) {
  const auto refuse = [&](const char* option) {
    usageError(fmt::format("'{}' has no option {}", raw.service, option));
  };
  const Service* service = options.service;
  if (raw.maxLength) {
    if (!service || !service->takesMaxLength) refuse("--max-length");
    options.serviceOptions.maxLength = parseBytes("--max-length", *raw.maxLength);
  }
  if (raw.delimiter) {
    if (!service || !service->takesDelimiter) refuse("--delimiter");
    options.serviceOptions.delimiter = parseDelimiter(*raw.delimiter);
  }
  if (raw.to && options.command != Options::Command::forward) refuse("--to");
}

Options::Command commandOf(const RawOptions& raw, const Service* service) {
  if (service) return Options::Command::serve;
  if (raw.service == "forward") return Options::Command::forward;
  if (raw.service == "connect") return Options::Command::connect;
  if (raw.service == "demo") return Options::Command::demo;
  usageError(fmt::format("unknown service '{}'; try plait --help", raw.service));
}

}  // namespace

Options parseOptions(int argc, const char* const* argv) {
  const RawOptions raw = split(argc, argv);
  Options options;
  options.program = argv[0];
  if (raw.help) return options;
  if (raw.version) {
    options.command = Options::Command::version;
    return options;
  }
  if (raw.service.empty()) usageError("no service given; try plait --help");
  refuseWhatIsNotBuilt(raw);

  options.service = findService(raw.service);
  options.command = commandOf(raw, options.service);
  const bool connect = options.command == Options::Command::connect;
  const bool listens =
      options.command == Options::Command::serve || options.command == Options::Command::forward;
  if (listens && raw.listen.empty()) {
    usageError(fmt::format("'{}' needs --listen ENDPOINT", raw.service));
  }
  if (!listens && !raw.listen.empty()) {
    usageError(fmt::format("'{}' has no option --listen", raw.service));
  }
  if (!listens && raw.reactors) {
    usageError(fmt::format("'{}' has no option --reactors", raw.service));
  }
  if (raw.operands.size() > (connect ? 1 : 0)) {
    usageError(fmt::format("'{}' is one argument too many", raw.operands.back()));
  }
  if (connect && raw.operands.empty()) usageError("'connect' needs a CLIENT_ENDPOINT");
  if (options.command == Options::Command::forward && !raw.to) {
    usageError("'forward' needs --to CLIENT_ENDPOINT");
  }

  parseServiceOptions(raw, options);
  if (raw.reactors) options.reactors = parseReactors(*raw.reactors);
  if (raw.drain) options.drain = parseSeconds("--drain", *raw.drain);
  if (raw.logLevel) options.logLevel = parseLogLevel(*raw.logLevel);
  options.listen = raw.listen;
  options.to = connect ? raw.operands.front() : raw.to.value_or("");
  return options;
}

std::string helpText() {
  std::string text =
      "usage: plait SERVICE [options] --listen ENDPOINT [--listen ENDPOINT ...]\n"
      "       plait forward --listen ENDPOINT --to CLIENT_ENDPOINT\n"
      "       plait connect CLIENT_ENDPOINT\n"
      "       plait demo\n"
      "       plait --help | --version\n"
      "\n"
      "services:\n";
  for (const Service& service : services()) {
    text += fmt::format("  {:<10} {}\n", service.name, service.what);
  }
  return text +
         "  forward    each connection joined with one to another place\n"
         "  connect    standard input to a connection, the connection to standard output\n"
         "  demo       echo, line, netstring, int32 and chat on loopback ports\n"
         "\n"
         "options:\n"
         "  --listen ENDPOINT      where to serve; more than once for more than one place\n"
         "  --to CLIENT_ENDPOINT   where forward connects to\n"
         "  --max-length N         longest message of line, netstring, int8, int16, int32, in "
         "bytes\n"
         "  --delimiter crlf|lf    what ends a line (default crlf)\n"
         "  --reactors N           threads that serve, each with connections of its own (default "
         "1)\n"
         "  --drain SECONDS        how long stopping waits for unsent replies (default 5)\n"
         "  --log-level LEVEL      debug, info, warn or error (default info), to stderr\n"
         "\n"
         "endpoints (a ':' or '\\' in an argument is written '\\:' or '\\\\'):\n"
         "  tcp:PORT[:interface=ADDRESS][:backlog=N]     PORT 0 takes a free one\n"
         "  tcp6:PORT[:interface=ADDRESS][:backlog=N]\n"
         "  unix:PATH[:mode=OCTAL][:backlog=N][:lockfile=0|1]\n"
         "  ssl:PORT:privateKey=FILE:certKey=FILE[:extraCertChain=FILE][:interface=ADDRESS]\n"
         "  haproxy:ENDPOINT                             each connection begins with a PROXY "
         "header\n"
         "  systemd:domain=INET|INET6|UNIX:index=N|name=NAME\n"
         "  fd:N                                         a listening socket that was passed on\n"
         "client endpoints:\n"
         "  tcp:HOST:PORT[:timeout=SECONDS][:bindAddress=ADDRESS]\n"
         "  tls:HOST:PORT[:trustRoots=DIR][:certificate=FILE:privateKey=FILE]\n"
         "  unix:PATH[:timeout=SECONDS]\n"
         "  process:PROGRAM[:ARGUMENT]...\n"
         "\n"
         "SIGINT and SIGTERM stop it, after unsent replies have left.\n";
}

}  // namespace plait::app
