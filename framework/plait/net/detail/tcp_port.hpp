#pragma once

#include <plait/core/reactor_tcp.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// A listening TCP socket: accepts, and makes a protocol and a SocketConnection for each
/// connection.
///
/// Out of descriptors (EMFILE and its like) it stops accepting; those who wait stay in the system's
/// queue until a connection closes or a tenth of a second has passed. One log line a second at
/// most.
class TcpPort final : public ListeningPort,
                      public LoopMember,
                      public std::enable_shared_from_this<TcpPort> {
 public:
  TcpPort(Loop& loop, std::shared_ptr<Factory> factory, ListenOptions options);

  /// Binds and starts accepting. Throws CannotListenError.
  void listen(std::uint16_t port);

  Address getHost() const override { return host_; }
  void shutDown() override { close(); }
  void end() override { close(); }
  void descriptorFreed() override;

 private:
  void doStopListening(UniqueFunction<void()> stopped) override;
  void close();
  Address chooseAddress(std::uint16_t port) const;
  void accept();
  void accepted(ErrorCode error, TcpSocket socket);
  void serve(TcpSocket socket);
  void rest(ErrorCode why);
  void restOver();

  Loop& loop_;
  std::shared_ptr<Factory> factory_;
  ListenOptions options_;
  TcpAcceptor acceptor_;
  TcpEndpoint peer_;
  Address host_;
  Address hostOfConnections_;  // unknown when it listens on all addresses
  std::shared_ptr<TcpPort> self_;
  DelayedCall restTimer_;
  TimePoint lastComplaint_;
};

}  // namespace plait::detail
