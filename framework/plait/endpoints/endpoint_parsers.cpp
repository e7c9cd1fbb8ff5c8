#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <plait/endpoints/detail/builtin_parsers.hpp>
#include <plait/endpoints/endpoint_parsers.hpp>
#include <vector>

namespace plait {

namespace {

std::string inLowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace

EndpointParsers::EndpointParsers() {
  detail::addServerParsers(*this);
  detail::addClientParsers(*this);
}

EndpointParsers& EndpointParsers::addServer(std::string_view prefix, std::string usage,
                                            ServerParser parser) {
  servers_.insert_or_assign(inLowerCase(prefix),
                            Known<StreamServerEndpoint>{std::move(usage), std::move(parser)});
  return *this;
}

EndpointParsers& EndpointParsers::addClient(std::string_view prefix, std::string usage,
                                            ClientParser parser) {
  clients_.insert_or_assign(inLowerCase(prefix),
                            Known<StreamClientEndpoint>{std::move(usage), std::move(parser)});
  return *this;
}

template <class Endpoint>
std::shared_ptr<Endpoint> EndpointParsers::parse(const Table<Endpoint>& table, ReactorCore& reactor,
                                                 std::string_view text) const {
  auto description = EndpointDescription::parse(text);
  const auto found = table.find(inLowerCase(description.prefix()));
  if (found == table.end()) {
    std::vector<std::string_view> usages;
    for (const auto& [prefix, known] : table) usages.push_back(known.usage);
    const std::string known =
        usages.empty() ? "there are none" : fmt::format("use {}", fmt::join(usages, ", "));
    description.complain(
        fmt::format("unknown endpoint type '{}'; {}", description.prefix(), known));
  }
  auto endpoint = found->second.parser(reactor, description, *this);
  description.checkAllTaken();
  return endpoint;
}

std::shared_ptr<StreamServerEndpoint> EndpointParsers::server(ReactorCore& reactor,
                                                              std::string_view text) const {
  return parse(servers_, reactor, text);
}

std::shared_ptr<StreamClientEndpoint> EndpointParsers::client(ReactorCore& reactor,
                                                              std::string_view text) const {
  return parse(clients_, reactor, text);
}

std::shared_ptr<StreamServerEndpoint> serverFromString(ReactorCore& reactor, std::string_view text,
                                                       const EndpointParsers& parsers) {
  return parsers.server(reactor, text);
}

std::shared_ptr<StreamClientEndpoint> clientFromString(ReactorCore& reactor, std::string_view text,
                                                       const EndpointParsers& parsers) {
  return parsers.client(reactor, text);
}

}  // namespace plait
