#pragma once

#include <optional>
#include <plait/core/client_factory.hpp>
#include <plait/net/detail/socket_connection.hpp>
#include <string>

namespace plait::detail {

/// A client connection over a stream socket, whatever its family: its states, its timeout, and
/// telling the ClientFactory how it went. A subclass finds out where to connect, and connects.
class StreamConnector : public Connector, public ConnectionOwner, public LoopMember {
 public:
  void connect() final;
  void stopConnecting() final;
  void disconnect() final;

  void shutDown() final { stopConnecting(); }
  void end() final { stopConnecting(); }
  /// From the connection.
  void connectionLost(const Failure& reason) final;

 protected:
  /// What all that connect may be told.
  struct Options {
    std::optional<Duration> timeout;  ///< nullopt = none
    TransportOptions transport;
  };

  /// One call of `connect`; a subclass keeps there what it is trying. Dropped when it has ended, so
  /// that whatever still comes in for it finds nobody.
  struct Attempt {
    virtual ~Attempt() { timeout.cancelIfActive(); }
    DelayedCall timeout;
  };

  /// Throws std::invalid_argument, in the name of `function`, for a negative timeout.
  StreamConnector(Loop& loop, std::shared_ptr<ClientFactory> factory, const Options& options,
                  const char* function);

  Loop& loop() const { return loop_; }
  /// Null unless connecting.
  const std::shared_ptr<Attempt>& currentAttempt() const { return attempt_; }
  /// How messages call where it connects to.
  std::string name() const { return toString(getDestination()); }

  /// The attempt has succeeded. Not from inside `begin`.
  void connected(UniqueDescriptor socket, const Address& peer);
  /// The attempt has failed. Not from inside `begin`: the caller of `connect` has not returned yet.
  void fail(const Failure& reason);
  /// The same, from the loop.
  void failSoon(Failure reason);

 private:
  enum class State { disconnected, connecting, connected };

  virtual std::shared_ptr<Attempt> newAttempt() = 0;
  /// Starts the attempt, which is now `currentAttempt()`.
  virtual void begin() = 0;
  /// The connection that is served by `socket`.
  virtual std::shared_ptr<SocketConnection> makeConnection(UniqueDescriptor socket,
                                                           const Address& peer,
                                                           const TransportOptions& options);

  void start();
  void timedOut();
  void ended(const Failure& reason, void (ClientFactory::*tell)(Connector&, const Failure&));
  std::shared_ptr<StreamConnector> self() {
    return std::static_pointer_cast<StreamConnector>(shared_from_this());
  }

  Loop& loop_;
  std::shared_ptr<ClientFactory> factory_;
  Options options_;
  State state_ = State::disconnected;
  bool factoryStarted_ = false;
  bool ending_ = false;  // the factory is being told how it ended
  std::shared_ptr<Attempt> attempt_;
  std::weak_ptr<SocketConnection> connection_;
};

}  // namespace plait::detail
