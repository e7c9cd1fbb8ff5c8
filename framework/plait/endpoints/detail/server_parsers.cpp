#include <fmt/format.h>

#include <limits>
#include <plait/endpoints/adopted_stream_server_endpoint.hpp>
#include <plait/endpoints/detail/builtin_parsers.hpp>
#include <plait/endpoints/haproxy_endpoints.hpp>
#include <plait/endpoints/standard_io_endpoint.hpp>
#include <plait/endpoints/systemd_server_endpoint.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/endpoints/unix_endpoints.hpp>

namespace plait::detail {

namespace {

constexpr long kMostBacklog = 65535;

int takeBacklog(EndpointDescription& description, int position) {
  return static_cast<int>(
      description.takeNumber("backlog", position, 1, kMostBacklog).value_or(511));
}

std::shared_ptr<StreamServerEndpoint> parseTCP(ReactorCore& reactor,
                                               EndpointDescription& description,
                                               const EndpointParsers&) {
  const std::uint16_t port = description.requirePort("port", 0);
  ListenOptions options;
  options.interface = description.take("interface", 1).value_or("");
  options.backlog = takeBacklog(description, 2);
  return std::make_shared<TCP4ServerEndpoint>(reactorFor<ReactorTCP>(reactor, description, "TCP"),
                                              port, std::move(options));
}

std::shared_ptr<StreamServerEndpoint> parseTCP6(ReactorCore& reactor,
                                                EndpointDescription& description,
                                                const EndpointParsers&) {
  const std::uint16_t port = description.requirePort("port", 0);
  ListenOptions options;
  options.backlog = takeBacklog(description, 1);
  options.interface = description.take("interface", 2).value_or("::");
  options.ipv6Only = description.takeNumber("ipv6Only", -1, 0, 1).value_or(0) == 1;
  if (!isIPv6Address(options.interface)) {
    description.complain(fmt::format(
        "'{}' is no IPv6 address; write interface=\\:\\:1, for example", options.interface));
  }
  return std::make_shared<TCP6ServerEndpoint>(reactorFor<ReactorTCP>(reactor, description, "TCP"),
                                              port, std::move(options));
}

std::shared_ptr<StreamServerEndpoint> parseUNIX(ReactorCore& reactor,
                                                EndpointDescription& description,
                                                const EndpointParsers&) {
  constexpr unsigned kMostMode = 0777;
  std::string path = description.require("address", 0);
  UNIXListenOptions options;
  options.mode = description.takeOctal("mode", 1, kMostMode).value_or(options.mode);
  options.backlog = takeBacklog(description, 2);
  options.lockFile = description.takeNumber("lockfile", 3, 0, 1).value_or(1) == 1;
  auto& sockets = reactorFor<ReactorUNIX>(reactor, description, "UNIX sockets");
  return std::make_shared<UNIXServerEndpoint>(sockets, std::move(path), std::move(options));
}

std::shared_ptr<StreamServerEndpoint> parseStdio(ReactorCore& reactor,
                                                 EndpointDescription& description,
                                                 const EndpointParsers&) {
  return std::make_shared<StandardIOEndpoint>(
      reactorFor<ReactorStdio>(reactor, description, "standard input and output"));
}

ReactorSocket& adopting(ReactorCore& reactor, const EndpointDescription& description) {
  return reactorFor<ReactorSocket>(reactor, description, "sockets that others have opened");
}

std::shared_ptr<StreamServerEndpoint> parseFD(ReactorCore& reactor,
                                              EndpointDescription& description,
                                              const EndpointParsers&) {
  const auto number = description.takeNumber("descriptor", 0, 0, std::numeric_limits<int>::max());
  if (!number) description.complain("it has no descriptor; write fd:3, for example");
  return std::make_shared<AdoptedStreamServerEndpoint>(adopting(reactor, description),
                                                       static_cast<int>(*number));
}

SystemdServerEndpoint::Domain takeDomain(EndpointDescription& description) {
  const std::string domain = description.require("domain", 0);
  if (domain == "INET") return SystemdServerEndpoint::Domain::INET;
  if (domain == "INET6") return SystemdServerEndpoint::Domain::INET6;
  if (domain == "UNIX") return SystemdServerEndpoint::Domain::UNIX;
  description.complain(fmt::format("'{}' is no domain; it must be INET, INET6 or UNIX", domain));
}

std::shared_ptr<StreamServerEndpoint> parseSystemd(ReactorCore& reactor,
                                                   EndpointDescription& description,
                                                   const EndpointParsers&) {
  const auto domain = takeDomain(description);
  const auto index = description.takeNumber("index", 1, 0, std::numeric_limits<int>::max());
  const auto name = description.take("name", 2);
  if (index.has_value() == name.has_value()) {
    description.complain(
        "it must have an index or a name, one of both; write index=0, for example");
  }
  SystemdServerEndpoint::Choice choice;
  if (index) choice = static_cast<std::size_t>(*index);
  if (name) choice = *name;
  return std::make_shared<SystemdServerEndpoint>(adopting(reactor, description), domain,
                                                 std::move(choice));
}

std::shared_ptr<StreamServerEndpoint> parseHAProxy(ReactorCore& reactor,
                                                   EndpointDescription& description,
                                                   const EndpointParsers& parsers) {
  return std::make_shared<HAProxyServerEndpoint>(parsers.server(reactor, description.takeRest()));
}

}  // namespace

void addServerParsers(EndpointParsers& parsers) {
  parsers.addServer("tcp", "tcp:PORT", parseTCP)
      .addServer("tcp6", "tcp6:PORT", parseTCP6)
      .addServer("unix", "unix:/PATH", parseUNIX)
      .addServer("stdio", "stdio:", parseStdio)
      .addServer("fd", "fd:NUMBER", parseFD)
      .addServer("systemd", "systemd:domain=INET:index=0", parseSystemd)
      .addServer("haproxy", "haproxy:ENDPOINT", parseHAProxy);
}

}  // namespace plait::detail
