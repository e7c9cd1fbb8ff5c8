#pragma once

#include <functional>
#include <memory>
#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/deferred/deferred.hpp>
#include <string>

namespace plait {

/// Puts a layer under a factory: returns the factory that takes its place.
using FactoryWrapper = std::function<std::shared_ptr<Factory>(std::shared_ptr<Factory>)>;

/// A place to listen at. Twisted: `IStreamServerEndpoint`.
///
/// Thread: its reactor's only (before that runs: any one).
class StreamServerEndpoint {
 public:
  virtual ~StreamServerEndpoint() = default;

  /// Listens; connections get their protocols from `factory`. Fires with the port. What is wrong
  /// (CannotListenError, what `startFactory` throws) arrives as a failure, and is never thrown.
  virtual Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) = 0;

  /// The same, with a layer beneath all of this endpoint's own: what is said before TLS begins,
  /// say. An endpoint that stands on another passes `layer` down to that one.
  virtual Deferred<std::shared_ptr<ListeningPort>> listenBeneath(FactoryWrapper layer,
                                                                 std::shared_ptr<Factory> factory);

  /// Where `port`, which this endpoint opened, listens, in the manner of an endpoint string:
  /// `tcp:127.0.0.1:8000`, `tcp6:[::1]:8000`, `unix:/run/x`.
  virtual std::string describe(const ListeningPort& port) const;
};

}  // namespace plait
