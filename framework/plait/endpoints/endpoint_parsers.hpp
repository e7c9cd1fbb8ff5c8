#pragma once

#include <functional>
#include <map>
#include <memory>
#include <plait/core/reactor_core.hpp>
#include <plait/endpoints/endpoint_description.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>
#include <string>
#include <string_view>

namespace plait {

/// Which prefixes endpoint strings may have, and what becomes of them. A value: starts with the
/// ones of this room, takes more, and is passed to `serverFromString` and `clientFromString`.
/// Prefixes are the same in upper and lower case. Twisted: the plugins for
/// `IStreamServerEndpointStringParser` and `IStreamClientEndpointStringParserWithReactor`.
///
///     EndpointParsers parsers;
///     parsers.addServer("onion", "onion:PORT",
///         [](ReactorCore& reactor, EndpointDescription& description, const EndpointParsers&) {
///           return std::make_shared<OnionEndpoint>(reactor, description.requirePort("port", 0));
///         });
///     auto endpoint = serverFromString(reactor, "onion:80", parsers);
class EndpointParsers {
 public:
  /// Makes the endpoint for a description whose prefix it is registered for. Takes the arguments
  /// out; what it leaves is complained about. A prefix that stands before another endpoint string
  /// has that one parsed by the EndpointParsers. Throws std::invalid_argument, best by
  /// `EndpointDescription::complain`; what only shows when it is used is for the endpoint to fail
  /// with.
  template <class Endpoint>
  using Parser = std::function<std::shared_ptr<Endpoint>(ReactorCore&, EndpointDescription&,
                                                         const EndpointParsers&)>;
  using ServerParser = Parser<StreamServerEndpoint>;
  using ClientParser = Parser<StreamClientEndpoint>;

  /// Server: tcp, tcp6, unix, stdio, fd, systemd, haproxy. Client: tcp, hostname, unix, stdio,
  /// process. README.md of this room has their arguments.
  EndpointParsers();
  /// None at all.
  static EndpointParsers none() { return EndpointParsers(Empty()); }

  /// Adds a prefix, or replaces what it meant. `usage` shows how such a string looks
  /// ("tcp:PORT"), for those who wrote one with an unknown prefix.
  EndpointParsers& addServer(std::string_view prefix, std::string usage, ServerParser parser);
  EndpointParsers& addClient(std::string_view prefix, std::string usage, ClientParser parser);

  /// Throw std::invalid_argument, which says what is wrong with the string and what would be right.
  std::shared_ptr<StreamServerEndpoint> server(ReactorCore& reactor, std::string_view text) const;
  std::shared_ptr<StreamClientEndpoint> client(ReactorCore& reactor, std::string_view text) const;

 private:
  struct Empty {};
  explicit EndpointParsers(Empty) {}

  template <class Endpoint>
  struct Known {
    std::string usage;
    Parser<Endpoint> parser;
  };
  template <class Endpoint>
  using Table = std::map<std::string, Known<Endpoint>>;  // by the prefix in lower case

  template <class Endpoint>
  std::shared_ptr<Endpoint> parse(const Table<Endpoint>& table, ReactorCore& reactor,
                                  std::string_view text) const;

  Table<StreamServerEndpoint> servers_;
  Table<StreamClientEndpoint> clients_;
};

/// The endpoint that a string describes: `tcp:8080:interface=127.0.0.1`. The reactor must have what
/// it needs, and outlive it. Throws std::invalid_argument. Twisted: `serverFromString`.
std::shared_ptr<StreamServerEndpoint> serverFromString(ReactorCore& reactor, std::string_view text,
                                                       const EndpointParsers& parsers = {});
/// The same for connecting: `tcp:example.com:80:timeout=5`. Twisted: `clientFromString`.
std::shared_ptr<StreamClientEndpoint> clientFromString(ReactorCore& reactor, std::string_view text,
                                                       const EndpointParsers& parsers = {});

/// For parsers: the reactor as a `Contract`, such as ReactorTCP. When it is none, the complaint is
/// that the reactor has no `what` ("UNIX sockets").
template <class Contract>
Contract& reactorFor(ReactorCore& reactor, const EndpointDescription& description,
                     std::string_view what) {
  if (auto* contract = dynamic_cast<Contract*>(&reactor)) return *contract;
  description.complain("this reactor has no " + std::string(what));
}

}  // namespace plait
