#include <fmt/format.h>

#include <plait/core/errors.hpp>
#include <plait/endpoints/systemd_server_endpoint.hpp>
#include <utility>

namespace plait {

namespace {

using Domain = SystemdServerEndpoint::Domain;

std::string_view toString(Domain domain) {
  switch (domain) {
    case Domain::INET:
      return "INET";
    case Domain::INET6:
      return "INET6";
    case Domain::UNIX:
      return "UNIX";
  }
  return "unknown";
}

Domain domainOf(const Address& address) {
  if (address.as<IPv4Address>()) return Domain::INET;
  return address.as<IPv6Address>() ? Domain::INET6 : Domain::UNIX;
}

}  // namespace

std::string SystemdServerEndpoint::name() const {
  const auto* index = std::get_if<std::size_t>(&choice_);
  return index ? fmt::format("systemd socket {}", *index)
               : fmt::format("systemd socket '{}'", std::get<std::string>(choice_));
}

int SystemdServerEndpoint::descriptor() const {
  const auto& all = sockets_.descriptors();
  if (all.empty()) throw CannotListenError(name(), "this process was given no sockets");
  const auto* index = std::get_if<std::size_t>(&choice_);
  if (index && *index < all.size()) return all[*index];
  if (index) throw CannotListenError(name(), fmt::format("there are only {}, from 0", all.size()));
  if (auto named = sockets_.named(std::get<std::string>(choice_))) return *named;
  throw CannotListenError(name(), "this process was given none of this name");
}

void SystemdServerEndpoint::checkDomain(ListeningPort& port) const {
  const Domain found = domainOf(port.getHost());
  if (found == domain_) return;
  port.stopListening();
  throw CannotListenError(
      name(), fmt::format("its domain is {}, not {}", toString(found), toString(domain_)));
}

Deferred<std::shared_ptr<ListeningPort>> SystemdServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] {
    if (used_) throw AlreadyListened();
    auto port =
        reactor_.adoptStreamPort(descriptor(), std::move(factory), {.transport = transport_});
    checkDomain(*port);
    used_ = true;
    return port;
  });
}

}  // namespace plait
