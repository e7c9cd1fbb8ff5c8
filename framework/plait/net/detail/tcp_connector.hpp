#pragma once

#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/socket_connection.hpp>

namespace plait::detail {

/// A TCP client connection: looks the name up, tries its addresses one after the other, hands the
/// socket to a SocketConnection; and tells the ClientFactory how it went.
class TcpConnector final : public Connector, public ConnectionOwner, public LoopMember {
 public:
  TcpConnector(Loop& loop, ReactorNames& names, std::string host, std::uint16_t port,
               std::shared_ptr<ClientFactory> factory, ConnectOptions options);

  void connect() override;
  void stopConnecting() override;
  void disconnect() override;
  Address getDestination() const override;

  void shutDown() override { stopConnecting(); }
  void end() override { stopConnecting(); }
  /// From the connection.
  void connectionLost(const Failure& reason) override;

 private:
  enum class State { disconnected, connecting, connected };
  /// One call of connect(): what is left to try. Dropped when it ended, so that whatever still
  /// comes in for it finds nobody.
  struct Attempt;

  std::shared_ptr<TcpConnector> self() {
    return std::static_pointer_cast<TcpConnector>(shared_from_this());
  }
  void begin();
  void resolved(Result<std::vector<Address>> found);
  void tryNext();
  void tried(ErrorCode error);
  void connected();
  void timedOut();
  void failSoon(Failure reason);
  void fail(const Failure& reason);
  void ended(const Failure& reason, void (ClientFactory::*tell)(Connector&, const Failure&));
  std::string name() const { return toString(getDestination()); }

  Loop& loop_;
  ReactorNames& names_;
  std::string host_;
  std::uint16_t port_;
  std::shared_ptr<ClientFactory> factory_;
  ConnectOptions options_;
  State state_ = State::disconnected;
  bool factoryStarted_ = false;
  bool ending_ = false;  // the factory is being told how it ended
  std::shared_ptr<Attempt> attempt_;
  std::weak_ptr<SocketConnection> connection_;
};

}  // namespace plait::detail
