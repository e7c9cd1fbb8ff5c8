#pragma once

#include <deque>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <set>

namespace plait::testing::detail {

/// A UDP port of a host.
class SimulatedDatagramPort final : public DatagramTransport,
                                    public HostMember,
                                    public std::enable_shared_from_this<SimulatedDatagramPort> {
 public:
  SimulatedDatagramPort(SimulatedHost::Impl& host, Address address, const DatagramOptions& options);

  /// Throws CannotListenError.
  void open(std::shared_ptr<DatagramProtocol> protocol);
  /// It hears what is sent to `address`, from `sender`.
  bool hears(const Address& address, const Address& sender) const;
  /// A datagram has come.
  void arrived(const std::shared_ptr<const Bytes>& datagram, const Address& from);
  /// Nobody listens where it is connected to.
  void refused();

  Address getHost() const override { return address_; }
  void write(BytesView datagram, const Address& to) override;
  void write(BytesView datagram) override;
  std::size_t bufferedBytes() const override { return 0; }
  std::uint64_t droppedDatagrams() const override { return 0; }
  void connect(const Address& peer) override;
  bool connected() const override { return self_ != nullptr; }
  void pauseProducing() override { paused_ = true; }
  void resumeProducing() override;
  void setBroadcastAllowed(bool allowed) override { broadcast_ = allowed; }
  bool getBroadcastAllowed() const override { return broadcast_; }
  Deferred<void> joinGroup(std::string group, std::string interface) override;
  Deferred<void> leaveGroup(std::string group, std::string interface) override;
  void setTTL(int ttl) override;
  int getTTL() const override { return ttl_; }
  void setLoopbackMode(bool on) override { loopback_ = on; }
  bool getLoopbackMode() const override { return loopback_; }
  void setOutgoingInterface(std::string interface) override;
  std::string getOutgoingInterface() const override { return interface_; }

  void shutDown() override { close(); }
  void end() override { close(); }
  std::string describe() const override { return "a UDP port on " + toString(address_); }

 private:
  struct Waiting {
    std::shared_ptr<const Bytes> bytes;
    Address from;
  };

  /// A datagram under way.
  struct Journey {
    SimulatedHost::Impl& receiver;
    SimulatedLink& link;
    std::shared_ptr<const Bytes> bytes;
    Address from;
    Address to;
    std::weak_ptr<SimulatedDatagramPort> sender;
  };

  static void arrive(std::unique_ptr<Journey> journey);
  void doStopListening(UniqueFunction<void()> stopped) override;
  void check(BytesView datagram, const Address& to) const;
  void send(BytesView datagram, const Address& to);
  void sendTo(SimulatedHost::Impl& receiver, const std::shared_ptr<const Bytes>& datagram,
              const Address& from, const Address& to);
  void deliver();
  void tell(const char* what, UniqueFunction<void(DatagramProtocol&)> call);
  void close();
  void finish();
  Address sender(const Address& to) const;

  SimulatedHost::Impl& host_;
  Address address_;
  Address peer_;
  DatagramOptions options_;
  std::shared_ptr<DatagramProtocol> protocol_;
  std::shared_ptr<SimulatedDatagramPort> self_;  // null: closed
  std::vector<UniqueFunction<void()>> stopped_;
  std::deque<Waiting> waiting_;
  std::size_t waitingBytes_ = 0;
  std::set<std::string> groups_;
  std::string interface_;
  TimePoint lineFree_{};
  int calls_ = 0;
  int ttl_ = 1;
  bool delivering_ = false;
  bool paused_ = false;
  bool broadcast_ = false;
  bool loopback_ = true;
};

}  // namespace plait::testing::detail
