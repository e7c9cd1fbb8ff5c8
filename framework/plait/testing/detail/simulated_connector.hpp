#pragma once

#include <deque>
#include <optional>
#include <plait/core/client_factory.hpp>
#include <plait/testing/detail/simulated_connection.hpp>

namespace plait::testing::detail {

/// A client connection of a host, TCP or UNIX: looks the name up, tries one address after the
/// other, and tells the ClientFactory how it went, as room net's connectors do.
class SimulatedConnector final : public Connector, public ConnectionOwner, public HostMember {
 public:
  /// Where to: `destination` is a HostnameAddress if it is to be looked up.
  SimulatedConnector(SimulatedHost::Impl& host, Address destination,
                     std::shared_ptr<ClientFactory> factory, ConnectOptions options);

  void connect() override;
  void stopConnecting() override;
  void disconnect() override;
  Address getDestination() const override { return destination_; }

  void shutDown() override { stopConnecting(); }
  void end() override { stopConnecting(); }
  std::string describe() const override {
    return "an attempt to connect to " + toString(destination_);
  }
  void connectionLost(const Failure& reason) override;

 private:
  enum class State { disconnected, connecting, connected };
  /// One call of `connect`; dropped when it has ended, so that what still comes finds nobody.
  struct Attempt;

  void begin();
  void resolved(Result<std::vector<Address>> found);
  void tryNext();
  bool chooseLocal(const Address& to, Address& local);
  void askServer();
  void requestArrives();
  void answer(std::errc error);
  void askAgainLater();
  void answered(std::errc error);
  void connected();
  void failSoon(Failure reason);
  void fail(const Failure& reason);
  void ended(const Failure& reason, void (ClientFactory::*tell)(Connector&, const Failure&));
  void timedOut();
  /// Runs `call(*this)` after `delay`, if the attempt is the same by then.
  template <class F>
  void later(Duration delay, F call);
  std::shared_ptr<SimulatedConnector> self() {
    return std::static_pointer_cast<SimulatedConnector>(shared_from_this());
  }

  SimulatedHost::Impl& host_;
  Address destination_;
  std::shared_ptr<ClientFactory> factory_;
  ConnectOptions options_;
  State state_ = State::disconnected;
  bool factoryStarted_ = false;
  bool ending_ = false;  // the factory is being told how it ended
  std::shared_ptr<Attempt> attempt_;
  std::weak_ptr<SimulatedConnection> connection_;
};

}  // namespace plait::testing::detail
