#include "load/options.hpp"

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {
namespace {

constexpr const char* kUsage =
    "usage: bench_load (--port PORT | --unix @NAME) (--requests N | --seconds S)"
    " [--kind requests|churn|fanout|idle] [--mode echo|line|netstring|udp|fanout|tls]"
    " [--connections N] [--size BYTES] [--pipeline N] [--warmup N] [--server-pid PID]"
    " [--system-calls yes|no] [--timeout S]";

Kind parseKind(std::string_view name) {
  if (name == "requests") return Kind::requests;
  if (name == "churn") return Kind::churn;
  if (name == "fanout") return Kind::fanout;
  if (name == "idle") return Kind::idle;
  throw std::runtime_error("--kind cannot be '" + std::string(name) + "'");
}

bool parseYesOrNo(std::string_view name, std::string_view text) {
  if (text != "yes" && text != "no") {
    throw std::runtime_error(std::string(name) + " cannot be '" + std::string(text) + "'");
  }
  return text == "yes";
}

template <class Number>
void parseNumber(std::string_view name, std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) {
    throw std::runtime_error(std::string(name) + " cannot be '" + std::string(text) + "'");
  }
}

void setOption(Options& options, std::string_view name, std::string_view value) {
  if (name == "--kind") return void(options.kind = parseKind(value));
  if (name == "--mode") return void(options.mode = parseMode(value));
  if (name == "--unix") return void(options.unixName = value);
  if (name == "--port") return parseNumber(name, value, options.port);
  if (name == "--connections") return parseNumber(name, value, options.connections);
  if (name == "--size") return parseNumber(name, value, options.size);
  if (name == "--pipeline") return parseNumber(name, value, options.pipeline);
  if (name == "--requests") return parseNumber(name, value, options.requests);
  if (name == "--seconds") return parseNumber(name, value, options.seconds);
  if (name == "--warmup") return parseNumber(name, value, options.warmup);
  if (name == "--server-pid") return parseNumber(name, value, options.serverPid);
  if (name == "--system-calls") return void(options.systemCalls = parseYesOrNo(name, value));
  if (name == "--timeout") return parseNumber(name, value, options.timeout);
  throw std::runtime_error("unknown option " + std::string(name) + "; " + kUsage);
}

void checkKind(const Options& options) {
  if (options.mode == Mode::udp && options.pipeline != 1) {
    throw std::runtime_error("--mode udp sends one datagram at a time: --pipeline must be 1");
  }
  if ((options.kind == Kind::fanout) != (options.mode == Mode::fanout)) {
    throw std::runtime_error("--kind fanout goes with --mode fanout, and neither without it");
  }
  const bool single = options.kind == Kind::churn || options.kind == Kind::idle;
  if (single && (options.mode != Mode::echo || options.pipeline != 1 || options.port == 0)) {
    throw std::runtime_error(
        "--kind churn and idle are over TCP, with --mode echo and --pipeline 1");
  }
  if (options.kind == Kind::idle && (options.serverPid == 0 || options.seconds == 0)) {
    throw std::runtime_error("--kind idle needs --server-pid, and --seconds to stay idle");
  }
  if (options.systemCalls && options.serverPid == 0) {
    throw std::runtime_error("--system-calls needs --server-pid");
  }
}

}  // namespace

Options parseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) throw std::runtime_error(kUsage);
    setOption(options, argv[i], argv[i + 1]);
  }
  const bool oneGoal = (options.requests > 0) != (options.seconds > 0);
  const bool oneServer = (options.port == 0) != options.unixName.empty();
  if (!oneServer || !oneGoal) throw std::runtime_error(kUsage);
  if (options.connections == 0 || options.pipeline == 0 || options.size == 0) {
    throw std::runtime_error("--connections, --pipeline and --size must be at least 1");
  }
  checkKind(options);
  const bool lasting = options.requests > 0 || (options.seconds >= 0.01 && options.seconds <= 3600);
  if (!lasting || !(options.timeout <= 3600)) {
    throw std::runtime_error("--seconds must be 0.01 to 3600, --timeout at most 3600");
  }
  return options;
}

}  // namespace bench
