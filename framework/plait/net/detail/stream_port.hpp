#pragma once

#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/net/detail/readable_watch.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/socket_connection.hpp>
#include <plait/net/detail/socket_taker.hpp>

namespace plait::detail {

/// A listening stream socket, whatever its family: accepts, and makes a protocol and a connection
/// for each; or, if its factory is a SocketTaker, gives it the socket. A subclass opens the socket,
/// then calls `start`.
///
/// Out of descriptors (EMFILE and its like) it stops accepting; those who wait stay in the system's
/// queue until a connection closes or a tenth of a second has passed. One log line a second at
/// most.
class StreamPort : public ListeningPort,
                   public LoopMember,
                   public std::enable_shared_from_this<StreamPort> {
 public:
  Address getHost() const final { return host_; }
  void shutDown() final { close(); }
  void end() final { close(); }
  void descriptorFreed() final;

 protected:
  StreamPort(Loop& loop, std::shared_ptr<Factory> factory, const TransportOptions& transport);

  Loop& loop() const { return loop_; }
  /// `socket` listens at `host`: starts the factory (and throws what that throws), and accepts.
  /// `hostOfConnections`: this end of every connection; unknown where they differ.
  void start(UniqueDescriptor socket, const Address& host, const Address& hostOfConnections);

 private:
  /// The connection that is served by `socket`.
  virtual std::shared_ptr<SocketConnection> makeConnection(UniqueDescriptor socket,
                                                           const Address& peer, const Address& host,
                                                           const TransportOptions& options);
  /// The socket has been closed.
  virtual void closed() {}

  void doStopListening(UniqueFunction<void()> stopped) final;
  void close();
  void acceptSome();
  /// Accepts one; false when there is nothing more to accept for now.
  bool accept();
  void serve(UniqueDescriptor socket, const Address& peer);
  void rest(int why);
  void restOver();

  Loop& loop_;
  std::shared_ptr<Factory> factory_;
  SocketTaker* taker_;  // the factory, if it is one
  TransportOptions transport_;
  UniqueDescriptor socket_;  // none: closed
  ReadableWatch watch_;
  int batch_ = 1;  // accepts in a turn: twice as many after each turn in which all were needed
  Address host_;
  Address hostOfConnections_;
  std::shared_ptr<StreamPort> self_;
  DelayedCall restTimer_;
  TimePoint lastComplaint_;
};

}  // namespace plait::detail
