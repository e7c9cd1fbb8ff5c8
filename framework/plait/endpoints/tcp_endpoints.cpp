#include <fmt/format.h>

#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <stdexcept>

namespace plait {

namespace {

ListenOptions onIPv6(ListenOptions options) {
  if (options.interface.empty()) options.interface = "::";
  if (!isIPv6Address(options.interface)) {
    throw std::invalid_argument(
        fmt::format("TCP6ServerEndpoint: '{}' is no IPv6 address", options.interface));
  }
  return options;
}

std::string checkedIPv6(std::string host) {
  if (!isIPv6Address(host)) {
    throw std::invalid_argument(fmt::format(
        "TCP6ClientEndpoint: '{}' is no IPv6 address; HostnameEndpoint connects to names", host));
  }
  return host;
}

Address destination(const std::string& host, std::uint16_t port) {
  if (auto v4 = IPv4Address::parse(host, port)) return *v4;
  if (auto v6 = IPv6Address::parse(host, port)) return *v6;
  return HostnameAddress{host, port};
}

}  // namespace

Deferred<std::shared_ptr<ListeningPort>> TCP4ServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] { return reactor_.listenTCP(port_, std::move(factory), options_); });
}

TCP6ServerEndpoint::TCP6ServerEndpoint(ReactorTCP& reactor, std::uint16_t port,
                                       ListenOptions options)
    : TCP4ServerEndpoint(reactor, port, onIPv6(std::move(options))) {}

Deferred<std::shared_ptr<Protocol>> TCP4ClientEndpoint::connect(std::shared_ptr<Factory> factory) {
  return detail::connectWith(std::move(factory), destination(host_, port_), [this](auto attempt) {
    reactor_.connectTCP(host_, port_, std::move(attempt), options_);
  });
}

TCP6ClientEndpoint::TCP6ClientEndpoint(ReactorTCP& reactor, std::string host, std::uint16_t port,
                                       ConnectOptions options)
    : TCP4ClientEndpoint(reactor, checkedIPv6(std::move(host)), port, std::move(options)) {}

}  // namespace plait
