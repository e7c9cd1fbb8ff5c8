#include "endpoints.hpp"

#include <plait/endpoints/endpoint_description.hpp>

namespace plait::app {

namespace {

constexpr long kMostBacklog = 65535;

[[noreturn]] void refuse(const EndpointDescription& description, std::string_view known,
                         std::initializer_list<std::string_view> planned) {
  for (std::string_view type : planned) {
    if (description.prefix() == type) {
      description.complain(fmt::format("'{}' endpoints are not built yet; use {}", type, known));
    }
  }
  description.complain(
      fmt::format("unknown endpoint type '{}'; use {}", description.prefix(), known));
}

}  // namespace

ListenEndpoint parseListenEndpoint(const std::string& text) {
  auto description = EndpointDescription::parse(text);
  const bool tcp6 = description.prefix() == "tcp6";
  if (!tcp6 && description.prefix() != "tcp") {
    refuse(description, "tcp:PORT or tcp6:PORT",
           {"unix", "ssl", "stdio", "systemd", "haproxy", "fd"});
  }
  ListenEndpoint endpoint;
  endpoint.port = description.requirePort("port", 0);
  // Twisted's positional order differs between the two.
  if (auto interface = description.take("interface", tcp6 ? 2 : 1)) {
    endpoint.options.interface = *interface;
  }
  if (auto backlog = description.takeNumber("backlog", tcp6 ? 1 : 2, 1, kMostBacklog)) {
    endpoint.options.backlog = static_cast<int>(*backlog);
  }
  description.checkAllTaken();
  if (tcp6) {
    if (endpoint.options.interface.empty()) endpoint.options.interface = "::";
    if (!isIPv6Address(endpoint.options.interface)) {
      description.complain(fmt::format("'{}' is no IPv6 address", endpoint.options.interface));
    }
  }
  return endpoint;
}

ConnectEndpoint parseConnectEndpoint(const std::string& text) {
  auto description = EndpointDescription::parse(text);
  if (description.prefix() != "tcp") {
    refuse(description, "tcp:HOST:PORT", {"unix", "tls", "ssl", "hostname", "stdio", "process"});
  }
  ConnectEndpoint endpoint;
  endpoint.host = description.require("host", 0);
  endpoint.port = description.requirePort("port", 1);
  if (auto seconds = description.takeNumber("timeout", -1, 0, 1'000'000)) {
    endpoint.options.timeout = std::chrono::seconds(*seconds);
  }
  if (auto bind = description.take("bindAddress", -1)) {
    if (auto v4 = IPv4Address::parse(*bind)) {
      endpoint.options.bindAddress = *v4;
    } else if (auto v6 = IPv6Address::parse(*bind)) {
      endpoint.options.bindAddress = *v6;
    } else {
      description.complain(fmt::format("'{}' is no IP address", *bind));
    }
  }
  description.checkAllTaken();
  return endpoint;
}

std::string describeListener(const Address& host) {
  return fmt::format("{}:{}", host.as<IPv6Address>() ? "tcp6" : "tcp", host);
}

}  // namespace plait::app
