#pragma once

#include <optional>
#include <plait/core/factory.hpp>
#include <plait/policies/connection_limit.hpp>
#include <plait/policies/peer_connection_limit.hpp>
#include <plait/policies/throttling_factory.hpp>
#include <plait/policies/timeout_options.hpp>

namespace plait::app {

/// What the command line asks of connections, whatever the service.
struct PolicyOptions {
  std::optional<std::size_t> maxConnections;         ///< of all listeners and reactors together
  std::optional<std::size_t> maxConnectionsPerPeer;  ///< the same, of one address
  TimeoutOptions timeouts;
  ThrottlingOptions throttling;
};

/// The policies of one run of the program: made once, put around the factory of each listener.
class Policies {
 public:
  explicit Policies(const PolicyOptions& options);

  /// `factory` behind all of them; the outermost refuses first. `factory` itself when there are
  /// none.
  std::shared_ptr<Factory> around(std::shared_ptr<Factory> factory) const;

 private:
  TimeoutOptions timeouts_;
  ThrottlingOptions throttling_;
  std::shared_ptr<ConnectionLimit> limit_;            // null: none
  std::shared_ptr<PeerConnectionLimit> limitByPeer_;  // null: none
};

}  // namespace plait::app
