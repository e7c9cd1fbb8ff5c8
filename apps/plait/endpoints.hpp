#pragma once

#include <plait/net/reactor.hpp>
#include <string>

namespace plait::app {

/// Where to listen: a checked `--listen` string.
struct ListenEndpoint {
  std::uint16_t port = 0;
  ListenOptions options;
};

/// Where to connect to: a checked client endpoint string.
struct ConnectEndpoint {
  std::string host;
  std::uint16_t port = 0;
  ConnectOptions options;
};

/// Read `tcp:PORT[:interface=ADDR][:backlog=N]` and `tcp6:PORT...`; std::invalid_argument for what
/// is wrong or not built yet.
ListenEndpoint parseListenEndpoint(const std::string& text);
/// Read `tcp:HOST:PORT[:timeout=S][:bindAddress=ADDR]`.
ConnectEndpoint parseConnectEndpoint(const std::string& text);

/// A listener's address as an endpoint: `tcp:127.0.0.1:8000`, `tcp6:[::1]:8000`.
std::string describeListener(const Address& host);

}  // namespace plait::app
