#pragma once

#include <plait/core/datagram_transport.hpp>
#include <vector>

namespace plait::testing {

/// A datagram transport that keeps what is written to it: all a test needs to try a
/// DatagramProtocol without a network. Twisted: `FakeDatagramTransport`.
///
///     auto transport = std::make_shared<FakeDatagramTransport>();
///     protocol->makeConnection(transport);
///     protocol->datagramReceived("ping", IPv4Address{{127, 0, 0, 1}, 7});
///     EXPECT_EQ(transport->written().at(0).bytes, "pong");
///
/// The test plays the network: it calls `datagramReceived`, `connectionRefused` and `stopProtocol`
/// itself. Wrong use throws as a real port's does; size and family of what is sent are not looked
/// at.
class FakeDatagramTransport : public DatagramTransport {
 public:
  struct Datagram {
    Bytes bytes;
    Address to;
    friend bool operator==(const Datagram&, const Datagram&) = default;
  };

  explicit FakeDatagramTransport(Address host = IPv4Address{{10, 0, 0, 1}, 12345})
      : host_(std::move(host)) {}

  /// Everything written since the start, or since `clear`.
  const std::vector<Datagram>& written() const { return written_; }
  void clear() { written_.clear(); }
  /// Whether the protocol wants datagrams.
  bool producing() const { return connected_ && !paused_; }
  /// The peer of a connected port; unknown on another.
  const Address& peer() const { return peer_; }
  /// The groups joined and not left: `group`, or `group%interface` where one was named.
  const std::vector<std::string>& groups() const { return groups_; }
  /// What `bufferedBytes` and `droppedDatagrams` answer.
  std::size_t buffered = 0;
  std::uint64_t dropped = 0;

  Address getHost() const override { return host_; }
  void write(BytesView datagram, const Address& to) override;
  void write(BytesView datagram) override;
  std::size_t bufferedBytes() const override { return buffered; }
  std::uint64_t droppedDatagrams() const override { return dropped; }
  void connect(const Address& peer) override;
  bool connected() const override { return connected_; }
  void pauseProducing() override { paused_ = true; }
  void resumeProducing() override { paused_ = false; }
  void setBroadcastAllowed(bool allowed) override { broadcast_ = allowed; }
  bool getBroadcastAllowed() const override { return broadcast_; }
  Deferred<void> joinGroup(std::string group, std::string interface = {}) override;
  /// Fails with MulticastJoinError when it was not joined.
  Deferred<void> leaveGroup(std::string group, std::string interface = {}) override;
  void setTTL(int ttl) override;
  int getTTL() const override { return ttl_; }
  void setLoopbackMode(bool on) override { loopback_ = on; }
  bool getLoopbackMode() const override { return loopback_; }
  void setOutgoingInterface(std::string interface) override { interface_ = std::move(interface); }
  std::string getOutgoingInterface() const override { return interface_; }

 private:
  void doStopListening(UniqueFunction<void()> stopped) override;

  Address host_;
  Address peer_;
  std::vector<Datagram> written_;
  std::vector<std::string> groups_;
  std::string interface_;
  int ttl_ = 1;
  bool connected_ = true;
  bool paused_ = false;
  bool broadcast_ = false;
  bool loopback_ = true;
};

}  // namespace plait::testing
