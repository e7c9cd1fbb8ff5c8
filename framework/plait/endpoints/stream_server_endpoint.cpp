#include <fmt/format.h>

#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

Deferred<std::shared_ptr<ListeningPort>> StreamServerEndpoint::listenBeneath(
    FactoryWrapper layer, std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] { return listen(layer(std::move(factory))); });
}

std::string StreamServerEndpoint::describe(const ListeningPort& port) const {
  const Address host = port.getHost();
  if (host.as<UNIXAddress>()) return toString(host);
  return fmt::format("{}:{}", host.as<IPv6Address>() ? "tcp6" : "tcp", host);
}

}  // namespace plait
