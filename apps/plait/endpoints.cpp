#include "endpoints.hpp"

#include <optional>
#ifdef PLAIT_WITH_TLS
#include <plait/tls/tls_endpoints.hpp>
#endif

namespace plait::app {

namespace {

EndpointParsers allParsers() {
  EndpointParsers parsers;
#ifdef PLAIT_WITH_TLS
  addTLSEndpoints(parsers);
#endif
  return parsers;
}

template <class Parse>
auto usage(Parse parse) {
  try {
    return parse(allParsers());
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

std::vector<std::shared_ptr<StreamServerEndpoint>> parseServerEndpoints(
    ReactorCore& reactor, const std::vector<std::string>& texts) {
  return usage([&](const EndpointParsers& parsers) {
    std::vector<std::shared_ptr<StreamServerEndpoint>> endpoints;
    for (const std::string& text : texts) {
      endpoints.push_back(serverFromString(reactor, text, parsers));
    }
    return endpoints;
  });
}

std::shared_ptr<StreamClientEndpoint> parseClientEndpoint(ReactorCore& reactor,
                                                          const std::string& text) {
  return usage(
      [&](const EndpointParsers& parsers) { return clientFromString(reactor, text, parsers); });
}

std::shared_ptr<ListeningPort> listenNow(StreamServerEndpoint& endpoint,
                                         std::shared_ptr<Factory> factory) {
  std::optional<Result<std::shared_ptr<ListeningPort>>> outcome;
  endpoint.listen(std::move(factory)).addBoth([&](Result<std::shared_ptr<ListeningPort>> result) {
    outcome = std::move(result);
  });
  if (!outcome) throw std::logic_error("an endpoint takes its time to listen");
  return std::move(*outcome).value();
}

}  // namespace plait::app
