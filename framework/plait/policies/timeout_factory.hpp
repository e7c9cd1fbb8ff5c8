#pragma once

#include <plait/policies/timeout_options.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// Closes connections that are silent, stuck or old, each for a reason of its own: see
/// TimeoutOptions. For what only the protocol knows (that a request has taken too long, say) there
/// is TimeoutMixin. Twisted: `TimeoutFactory`.
///
///     TimeoutFactory(factory, {.idle = 5min, .firstByte = 10s})
///
/// Never early; to the moment as long as the peer takes what it is sent; when output has had to
/// wait, `idle` and `writeProgress` are late by a quarter at most. A connection that does not close
/// is aborted, so that a peer that takes nothing does not stay (Twisted's does).
///
/// Over TLS, connections are made before the handshake: all times contain it. Protocols reach their
/// own timeouts by `TimeoutProtocol::of(transport())`.
///
/// Thread: `buildProtocol` any.
class TimeoutFactory : public WrappingFactory {
 public:
  /// Half an hour idle, as in Twisted, unless told otherwise. std::invalid_argument for a time that
  /// is not positive.
  explicit TimeoutFactory(std::shared_ptr<Factory> wrapped,
                          TimeoutOptions options = {.idle = std::chrono::minutes(30)});

 protected:
  std::shared_ptr<ProtocolWrapper> wrap(std::shared_ptr<Protocol> protocol,
                                        const Address& address) override;

 private:
  const TimeoutOptions options_;
};

}  // namespace plait
