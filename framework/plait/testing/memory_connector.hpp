#pragma once

#include <plait/core/client_factory.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/reactor_unix.hpp>

namespace plait::testing {

/// An attempt of a MemoryReactor to connect: waits until the test accepts or fails it.
class MemoryConnector final : public Connector {
 public:
  enum class State { disconnected, connecting, connected };

  MemoryConnector(ReactorTime& time, Address destination, std::shared_ptr<ClientFactory> factory,
                  ConnectOptions options);
  MemoryConnector(ReactorTime& time, UNIXAddress destination,
                  std::shared_ptr<ClientFactory> factory, UNIXConnectOptions options);

  void connect() override;
  void stopConnecting() override;
  void disconnect() override;
  Address getDestination() const override { return destination_; }

  /// Ends the attempt: `clientConnectionFailed(reason)`.
  void fail(Failure reason);

  State state() const { return state_; }
  ClientFactory& factory() const { return *factory_; }
  /// What it was begun with: one for TCP, one for UNIX sockets.
  const ConnectOptions& options() const { return options_; }
  const UNIXConnectOptions& unixOptions() const { return unixOptions_; }

 private:
  friend class MemoryReactor;
  void ended(const Failure& reason, void (ClientFactory::*tell)(Connector&, const Failure&));

  ReactorTime& time_;
  Address destination_;
  std::shared_ptr<ClientFactory> factory_;
  ConnectOptions options_;
  UNIXConnectOptions unixOptions_;
  State state_ = State::disconnected;
  bool factoryStarted_ = false;
  DelayedCall timeout_;
  std::weak_ptr<Transport> transport_;
};

}  // namespace plait::testing
