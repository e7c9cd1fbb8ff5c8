#include "options.hpp"

#include <CLI/CLI.hpp>

#include "option_values.hpp"

namespace plait::app {

namespace {

/// The command line as CLI11 has split it; values are still text.
struct RawOptions {
  std::string service;
  std::vector<std::string> operands;
  std::vector<std::string> listen;
  std::optional<std::string> maxLength, delimiter, drain, logLevel;
  std::optional<std::string> to, reactors, maxConnections, maxConnectionsPerPeer, idleTimeout,
      firstByteTimeout;
  std::optional<std::string> readLimit, writeLimit, trafficLog, metrics;
  bool help = false;
  bool version = false;
};

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
  app.add_option("--first-byte-timeout", raw.firstByteTimeout);
  app.add_option("--read-limit", raw.readLimit);
  app.add_option("--write-limit", raw.writeLimit);
  app.add_option("--traffic-log", raw.trafficLog);
  app.add_option("--metrics", raw.metrics);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    usageError(error.what());
  }
  return raw;
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

/// A number of connections; more than this nobody has.
std::size_t parseConnections(const char* option, const std::string& text) {
  return parseNumber(option, text, 1'000'000'000);
}

/// 0 is for ever, as if the option were not there.
std::optional<std::chrono::nanoseconds> parseTimeout(const char* option, const std::string& text) {
  const auto seconds = parseSeconds(option, text);
  return seconds > seconds.zero() ? std::optional(seconds) : std::nullopt;
}

/// Whether it is there; UsageError where it has no meaning.
bool isGiven(const char* option, const std::optional<std::string>& text, const Options& options) {
  if (text && options.command == Options::Command::connect) {
    usageError(fmt::format("'connect' has no option {}", option));
  }
  return text.has_value();
}

void parsePolicies(const RawOptions& raw, Options& options) {
  const auto given = [&](const char* option, const std::optional<std::string>& text) {
    return isGiven(option, text, options);
  };
  PolicyOptions& policies = options.policies;
  if (given("--max-connections", raw.maxConnections)) {
    policies.maxConnections = parseConnections("--max-connections", *raw.maxConnections);
  }
  if (given("--max-connections-per-peer", raw.maxConnectionsPerPeer)) {
    policies.maxConnectionsPerPeer =
        parseConnections("--max-connections-per-peer", *raw.maxConnectionsPerPeer);
  }
  if (given("--idle-timeout", raw.idleTimeout)) {
    policies.timeouts.idle = parseTimeout("--idle-timeout", *raw.idleTimeout);
  }
  if (given("--first-byte-timeout", raw.firstByteTimeout)) {
    policies.timeouts.firstByte = parseTimeout("--first-byte-timeout", *raw.firstByteTimeout);
  }
  if (given("--read-limit", raw.readLimit)) {
    policies.throttling.readLimit =
        BandwidthLimit{.rate = parseRate("--read-limit", *raw.readLimit)};
  }
  if (given("--write-limit", raw.writeLimit)) {
    policies.throttling.writeLimit =
        BandwidthLimit{.rate = parseRate("--write-limit", *raw.writeLimit)};
  }
  // Replies that wait are waited for as at the end; but what needs no waiting closes in order.
  policies.timeouts.abortAfter =
      std::max<std::chrono::nanoseconds>(options.drain, std::chrono::milliseconds(100));
}

void parseObservation(const RawOptions& raw, Options& options) {
  const auto given = [&](const char* option, const std::optional<std::string>& text) {
    return isGiven(option, text, options);
  };
  if (given("--traffic-log", raw.trafficLog)) options.observation.trafficLog = raw.trafficLog;
  if (given("--metrics", raw.metrics)) options.observation.metrics = raw.metrics;
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
  if (raw.reactors) options.reactors = parseNumber("--reactors", *raw.reactors, 1024);
  if (raw.drain) options.drain = parseSeconds("--drain", *raw.drain);
  parsePolicies(raw, options);
  parseObservation(raw, options);
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
         "  --max-connections N    how many at once, at all places together; more are closed at "
         "once\n"
         "  --max-connections-per-peer N   the same, of one address\n"
         "  --idle-timeout SECONDS         closes those on which no byte has moved for so long (0 "
         "= none)\n"
         "  --first-byte-timeout SECONDS   closes those that have sent nothing by then (0 = none)\n"
         "  --read-limit RATE      bytes a second that each connection may send us (250000, 250k, "
         "1M)\n"
         "  --write-limit RATE     the same for what it is sent\n"
         "  --traffic-log FILE     records all traffic: as pcapng if FILE ends in .pcapng, else as "
         "text\n"
         "  --metrics ENDPOINT     serves numbers for Prometheus there, as /metrics\n"
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
