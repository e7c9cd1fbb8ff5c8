#pragma once

#include <plait/endpoints/endpoint_parsers.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait::app {

/// Something is wrong with the command line: exit status 2.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// What the strings describe, in their order. Nothing is opened. UsageError when one is wrong.
std::vector<std::shared_ptr<StreamServerEndpoint>> parseServerEndpoints(
    ReactorCore& reactor, const std::vector<std::string>& texts);
std::shared_ptr<StreamClientEndpoint> parseClientEndpoint(ReactorCore& reactor,
                                                          const std::string& text);

/// Listens there, now; throws why it cannot.
std::shared_ptr<ListeningPort> listenNow(StreamServerEndpoint& endpoint,
                                         std::shared_ptr<Factory> factory);

}  // namespace plait::app
