#pragma once

#include <memory>
#include <plait/core/factory.hpp>
#include <plait/core/log.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>

namespace plait {

/// Joins each connection that it serves with a new one to `target`. Twisted:
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
  explicit PortForwardFactory(std::shared_ptr<StreamClientEndpoint> target,
                              Log& log = standardLog());

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

 private:
  std::shared_ptr<StreamClientEndpoint> target_;
  Log& log_;
};

}  // namespace plait
