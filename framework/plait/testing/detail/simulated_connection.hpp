#pragma once

#include <plait/core/stream_transport.hpp>
#include <plait/testing/detail/simulated_host_impl.hpp>

namespace plait::testing::detail {

/// Who is told when a connection is over, besides its protocol.
class ConnectionOwner {
 public:
  virtual void connectionLost(const Failure& reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// A stream connection of a host: the real transport rules over one end of a wire. It keeps itself
/// alive from `begin` until it is lost.
class SimulatedConnection final : public StreamTransport, public HostMember, private WireUser {
 public:
  SimulatedConnection(SimulatedHost::Impl& host, WireEnd& end, const TransportOptions& options);

  /// Joins the host and tells the protocol. `owner` may be null.
  void begin(std::shared_ptr<Protocol> protocol, std::shared_ptr<ConnectionOwner> owner);
  void haveTurn() {
    if (end_) turn();
  }

  void shutDown() override { loseConnection(); }
  void end() override;
  std::string describe() const override { return "a connection, " + connectionName(); }

  void setTcpNoDelay(bool on) override { noDelay_ = on; }
  bool getTcpNoDelay() const override { return noDelay_; }
  void setTcpKeepAlive(bool on, KeepAlive probes) override;
  bool getTcpKeepAlive() const override { return keepAlive_; }

 private:
  void readable() override;
  void writable() override;
  void broken(std::error_code why) override;

  SendResult send(const OutputBuffer& out) override;
  SendResult sendAtOnce(std::span<const BytesView> pieces) override;
  Address mediumPeer() const override { return peer_; }
  Address mediumHost() const override { return local_; }
  void readingChanged() override;
  void closeWriteSide() override { end_->shutdownWrite(); }
  void close(CloseKind kind) override;
  void requestTurn() override;
  void lost(const Failure& reason) override;

  void readSoon();
  void readOnce();

  SimulatedHost::Impl& host_;
  WireEnd* end_;  // null: closed
  Address peer_;
  Address local_;
  std::shared_ptr<ConnectionOwner> owner_;
  std::shared_ptr<StreamTransport> self_;
  DelayedCall read_;
  bool noDelay_ = true;
  bool keepAlive_ = false;
};

}  // namespace plait::testing::detail
