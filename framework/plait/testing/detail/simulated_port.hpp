#pragma once

#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/testing/detail/simulated_host_impl.hpp>

namespace plait::testing::detail {

/// A listener of a host, TCP or UNIX.
class StreamPort final : public ListeningPort,
                         public HostMember,
                         public std::enable_shared_from_this<StreamPort> {
 public:
  StreamPort(SimulatedHost::Impl& host, Address address, std::shared_ptr<Factory> factory,
             const TransportOptions& transport);

  /// Starts the factory (and throws what that throws), and accepts. `shared`: others may have the
  /// same address. Throws CannotListenError.
  void listen(bool shared, bool ipv6Only);
  /// Serves the connection, or closes it.
  void accept(WireEnd& end);
  /// It is reached at `address`.
  bool takes(const Address& address) const;

  Address getHost() const override { return address_; }
  void shutDown() override { close(); }
  void end() override { close(); }
  std::string describe() const override { return "a listener on " + toString(address_); }

 private:
  void doStopListening(UniqueFunction<void()> stopped) override;
  void close();
  bool collides(const StreamPort& other) const;

  SimulatedHost::Impl& host_;
  Address address_;
  std::shared_ptr<Factory> factory_;
  TransportOptions transport_;
  bool shared_ = false;
  bool ipv6Only_ = false;
  std::shared_ptr<StreamPort> self_;  // null: closed
};

}  // namespace plait::testing::detail
