#include <fmt/format.h>

#include <plait/endpoints/detail/builtin_parsers.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/endpoints/process_endpoint.hpp>
#include <plait/endpoints/standard_io_endpoint.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/endpoints/unix_endpoints.hpp>

namespace plait::detail {

namespace {

constexpr long kLongestTimeout = 1'000'000;

Address takeBindAddress(EndpointDescription& description) {
  const auto text = description.take("bindAddress", -1);
  if (!text) return {};
  if (auto v4 = IPv4Address::parse(*text)) return *v4;
  if (auto v6 = IPv6Address::parse(*text)) return *v6;
  description.complain(fmt::format("'{}' is no IP address to connect from", *text));
}

/// For everything together; the 30 s of all options when there is none.
std::optional<Duration> takeTimeout(EndpointDescription& description) {
  const auto seconds = description.takeNumber("timeout", -1, 0, kLongestTimeout);
  return std::chrono::seconds(seconds.value_or(30));
}

/// What `tcp:` and `hostname:` strings say.
struct Target {
  std::string host;
  std::uint16_t port;
  std::optional<Duration> timeout;
  Address bindAddress;
};

Target takeTarget(EndpointDescription& description) {
  std::string host = description.require("host", 0);
  const std::uint16_t port = description.requirePort("port", 1);
  return {std::move(host), port, takeTimeout(description), takeBindAddress(description)};
}

std::shared_ptr<StreamClientEndpoint> toName(ReactorCore& reactor,
                                             const EndpointDescription& description,
                                             Target target) {
  return std::make_shared<HostnameEndpoint>(
      reactorFor<ReactorTCP>(reactor, description, "TCP"),
      reactorFor<ReactorTime>(reactor, description, "clock"),
      reactorFor<ReactorNames>(reactor, description, "names"), std::move(target.host), target.port,
      HostnameOptions{.timeout = target.timeout, .bindAddress = target.bindAddress});
}

std::shared_ptr<StreamClientEndpoint> parseHostname(ReactorCore& reactor,
                                                    EndpointDescription& description,
                                                    const EndpointParsers&) {
  return toName(reactor, description, takeTarget(description));
}

/// An address is connected to directly, a name as `hostname:` does it.
std::shared_ptr<StreamClientEndpoint> parseTCP(ReactorCore& reactor,
                                               EndpointDescription& description,
                                               const EndpointParsers&) {
  Target target = takeTarget(description);
  const bool v4 = isIPAddress(target.host), v6 = isIPv6Address(target.host);
  if (!v4 && !v6) return toName(reactor, description, std::move(target));
  auto& tcp = reactorFor<ReactorTCP>(reactor, description, "TCP");
  ConnectOptions options{.timeout = target.timeout, .bindAddress = target.bindAddress};
  if (v4) {
    return std::make_shared<TCP4ClientEndpoint>(tcp, std::move(target.host), target.port,
                                                std::move(options));
  }
  return std::make_shared<TCP6ClientEndpoint>(tcp, std::move(target.host), target.port,
                                              std::move(options));
}

std::shared_ptr<StreamClientEndpoint> parseUNIX(ReactorCore& reactor,
                                                EndpointDescription& description,
                                                const EndpointParsers&) {
  std::string path = description.require("path", 0);
  UNIXConnectOptions options;
  options.timeout = takeTimeout(description);
  options.checkLock = description.takeNumber("lockfile", -1, 0, 1).value_or(0) == 1;
  auto& sockets = reactorFor<ReactorUNIX>(reactor, description, "UNIX sockets");
  return std::make_shared<UNIXClientEndpoint>(sockets, std::move(path), std::move(options));
}

std::shared_ptr<StreamClientEndpoint> parseStdio(ReactorCore& reactor,
                                                 EndpointDescription& description,
                                                 const EndpointParsers&) {
  return std::make_shared<StandardIOEndpoint>(
      reactorFor<ReactorStdio>(reactor, description, "standard input and output"));
}

std::shared_ptr<StreamClientEndpoint> parseProcess(ReactorCore& reactor,
                                                   EndpointDescription& description,
                                                   const EndpointParsers&) {
  const std::string executable = description.require("executable", 0);
  ProcessEndpointOptions options;
  options.process.args = {executable};
  for (auto& argument : description.takeArguments()) {
    options.process.args.push_back(std::move(argument));
  }
  return std::make_shared<ProcessEndpoint>(
      reactorFor<ReactorProcess>(reactor, description, "child processes"),
      reactorFor<ReactorTime>(reactor, description, "clock"), executable, std::move(options));
}

}  // namespace

void addClientParsers(EndpointParsers& parsers) {
  parsers.addClient("tcp", "tcp:HOST:PORT", parseTCP)
      .addClient("hostname", "hostname:HOST:PORT", parseHostname)
      .addClient("unix", "unix:/PATH", parseUNIX)
      .addClient("stdio", "stdio:", parseStdio)
      .addClient("process", "process:PROGRAM:ARGUMENT...", parseProcess);
}

}  // namespace plait::detail
