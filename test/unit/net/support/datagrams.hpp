#pragma once

#include <plait/core/datagram_protocol.hpp>
#include <plait/core/reactor_udp.hpp>

#include "support/net_test.hpp"

namespace plait::testing {

/// A protocol that keeps what it is told, and besides does what a test says.
class RecordedDatagrams : public DatagramProtocol {
 public:
  struct Datagram {
    Bytes bytes;
    Address from;
    std::size_t size = 0;  // as it was sent
  };

  void startProtocol() override {
    calls.push_back("start");
    if (onStart) onStart();
  }
  void stopProtocol() override {
    calls.push_back("stop");
    if (onStop) onStop();
  }
  void datagramReceived(BytesView bytes, const Address& from) override {
    received.push_back({Bytes(bytes), from, bytes.size()});
    if (onDatagram) onDatagram(bytes, from);
  }
  void datagramTruncated(BytesView bytes, std::size_t size, const Address& from) override {
    truncated.push_back({Bytes(bytes), from, size});
  }
  void connectionRefused() override {
    ++refused;
    if (onRefused) onRefused();
  }

  std::vector<Bytes> texts() const {
    std::vector<Bytes> all;
    for (const Datagram& each : received) all.push_back(each.bytes);
    return all;
  }

  std::vector<Datagram> received;
  std::vector<Datagram> truncated;
  int refused = 0;
  std::vector<std::string> calls;
  std::function<void()> onStart;
  std::function<void()> onStop;
  std::function<void(BytesView, const Address&)> onDatagram;
  std::function<void()> onRefused;
};

/// NetTest with ports on the loopback.
class DatagramTest : public NetTest {
 protected:
  using Protocol = std::shared_ptr<RecordedDatagrams>;
  using Port = std::shared_ptr<DatagramTransport>;

  static Protocol makeProtocol() { return std::make_shared<RecordedDatagrams>(); }
  Port listenOn(const std::string& interface, Protocol protocol, DatagramOptions options = {}) {
    options.interface = interface;
    return reactor.listenUDP(0, std::move(protocol), std::move(options));
  }
  Port listenUDP(Protocol protocol, DatagramOptions options = {}) {
    return listenOn("127.0.0.1", std::move(protocol), std::move(options));
  }
  /// Waits until it has received that many.
  bool runUntilReceived(const Protocol& protocol, std::size_t count) {
    return runUntil([&] { return protocol->received.size() >= count; });
  }
};

}  // namespace plait::testing
