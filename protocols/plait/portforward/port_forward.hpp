#pragma once

#include <functional>
#include <memory>
#include <plait/core/factory.hpp>
#include <plait/core/log.hpp>
#include <plait/deferred/deferred.hpp>

namespace plait {

/// Joins each connection that it serves with a new one to a target. Twisted:
/// `portforward.ProxyFactory`.
///
///     listener ◀── client            PortForwardFactory            target ──▶ server
///                     bytes  ─────────────────────────────────────▶
///                     end of file  ──▶ loseWriteConnection  ──────▶ end of file
///                     reset  ───────▶ abortConnection  ───────────▶ reset
///
/// and the same from right to left. Nothing is read from one end while the other has more than its
/// high-water mark to send; until the target is connected, nothing is read at all. When it cannot
/// be, that is logged, and the client's connection is closed.
class PortForwardFactory : public Factory {
 public:
  /// Connects to the target once: as `StreamClientEndpoint::connect` does.
  using Connect = std::function<Deferred<std::shared_ptr<Protocol>>(std::shared_ptr<Factory>)>;

  explicit PortForwardFactory(Connect connect, Log& log = standardLog());
  /// To an endpoint of room endpoints, or whatever has such a `connect`.
  template <class Endpoint>
  explicit PortForwardFactory(std::shared_ptr<Endpoint> target, Log& log = standardLog())
      : PortForwardFactory(target ? Connect([target](std::shared_ptr<Factory> factory) {
                             return target->connect(std::move(factory));
                           })
                                  : Connect(),
                           log) {}

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

 private:
  Connect connect_;
  Log& log_;
};

}  // namespace plait
