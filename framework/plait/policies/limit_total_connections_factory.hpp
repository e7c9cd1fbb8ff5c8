#pragma once

#include <plait/policies/connection_limit.hpp>
#include <plait/policies/refusals.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// Who speaks to those for whom there is no room.
struct OverflowOptions {
  /// Says "come back later" and closes, say; null: they are closed without a byte.
  std::shared_ptr<Factory> factory = nullptr;
  /// How many of its connections there may be at once; more are closed without a byte.
  std::size_t limit = 100;
};

/// Serves so many connections at once and no more; those that come when all places are taken are
/// refused, or get a protocol of the overflow factory. These are counted apart, so that they take
/// no place from anybody (Twisted counts them with the others). Twisted:
/// `LimitTotalConnectionsFactory`.
///
///     // a hundred, and of those behind them 100 are told so before they are closed
///     LimitTotalConnectionsFactory(factory, 100, {.factory = busyFactory})
///
/// A place is taken when the protocol is built, and free again when the connection is lost, just
/// before the protocol is told. Refusals are logged, one a minute at most.
///
/// Thread: `buildProtocol` any, as with a pool of reactors, all of which share the limit.
class LimitTotalConnectionsFactory : public WrappingFactory {
 public:
  LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped, std::size_t limit,
                               OverflowOptions overflow = {}, RefusalOptions refusals = {});
  /// A limit that is shared with other factories.
  LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped,
                               std::shared_ptr<ConnectionLimit> limit,
                               OverflowOptions overflow = {}, RefusalOptions refusals = {});

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override;
  void stopFactory() override;

  /// How many connections are served now; those of the overflow factory not counted. Twisted:
  /// `connectionCount`.
  std::size_t connectionCount() const { return limit_->count(); }

 private:
  std::shared_ptr<Protocol> buildOverflow(const Address& address);

  std::shared_ptr<ConnectionLimit> limit_;
  std::shared_ptr<Factory> overflow_;
  std::shared_ptr<ConnectionLimit> overflowLimit_;
  Refusals refusals_;
};

}  // namespace plait
