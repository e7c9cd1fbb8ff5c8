#pragma once

#include <plait/core/client_factory.hpp>

#include "../link.hpp"

namespace plait::testing {

/// What stands between the medium and the protocols, such as TLS; null functions for nothing.
struct Wrapping {
  std::function<std::shared_ptr<Factory>(std::shared_ptr<Factory>)> server;
  std::function<std::shared_ptr<ClientFactory>(std::shared_ptr<ClientFactory>)> client;
};

std::unique_ptr<Link> makeTcpLink(Log& log, Wrapping wrapping = {});
std::unique_ptr<Link> makeUnixLink(Log& log, Wrapping wrapping = {});
std::unique_ptr<Link> makePipeLink(Log& log);
std::unique_ptr<Link> makeMemoryLink(Log& log, Wrapping wrapping = {});
/// Two hosts of a simulated network: with a good way between them, and with one on which what
/// is large goes in small pieces, through small buffers.
std::unique_ptr<Link> makeSimulatedLink(Log& log, Wrapping wrapping = {});
std::unique_ptr<Link> makeRoughLink(Log& log, Wrapping wrapping = {});

}  // namespace plait::testing
