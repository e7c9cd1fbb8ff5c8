#pragma once

#include <optional>
#include <plait/policies/throttle.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// What a ThrottlingFactory allows. Nothing set allows all there is.
struct ThrottlingOptions {
  std::optional<BandwidthLimit> readLimit = {};   ///< of each connection
  std::optional<BandwidthLimit> writeLimit = {};  ///< of each connection
  /// Of all connections that are given it, by this factory and by others. One reactor's: a factory
  /// that has these must not be used on several reactors.
  std::shared_ptr<Throttle> sharedRead = {};
  std::shared_ptr<Throttle> sharedWrite = {};
};

/// Limits how fast connections read and write. Twisted: `ThrottlingFactory`, whose limits are
/// averages of a second, and whose plain `write` is not limited at all.
///
///     reactor.listenTCP(8000, std::make_shared<ThrottlingFactory>(
///         factory, ThrottlingOptions{.writeLimit = BandwidthLimit{.rate = 100'000}}));
///
/// In any time `t` a connection is given no more than `rate * t + burst` bytes, and no more of what
/// it writes goes down, in small steps rather than large ones. What is written waits in its
/// transport as ever: producers, water marks, `bufferedBytes` and `drained` count what waits for
/// leave, too, and closing waits for it, however long that takes (`closeTimeout` is for a peer that
/// takes nothing). What came and may not be read yet, at most what the transport below reads at
/// once, is kept; then nothing more is read, and the peer feels it.
///
/// Bytes are counted where it stands: above TLS they are the protocol's, below the records'. A
/// descriptor sent over a UNIX socket (`UNIXTransport::sendFileDescriptor`) overtakes bytes that
/// wait for leave.
class ThrottlingFactory : public WrappingFactory {
 public:
  /// std::invalid_argument for a limit that a TokenBucket refuses.
  ThrottlingFactory(std::shared_ptr<Factory> wrapped, ThrottlingOptions options);

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

 private:
  ThrottlingOptions options_;
};

}  // namespace plait
