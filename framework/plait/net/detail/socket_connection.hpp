#pragma once

#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/connection_socket.hpp>

namespace plait::detail {

/// A connection over a stream socket, TCP or UNIX.
///
/// Reads land in the buffer that all connections of the loop share. Sending: straight into the
/// socket; only what the system refuses waits for room.
class SocketConnection : public Connection, private SocketUser {
 public:
  /// `host` is this end's address if known already, else it is asked of the socket when needed.
  /// Throws std::system_error when the system watches too many sockets already.
  SocketConnection(Loop& loop, UniqueDescriptor socket, const Address& peer, const Address& host,
                   const TransportOptions& options);

  void setTcpNoDelay(bool on) override;
  bool getTcpNoDelay() const override;
  void setTcpKeepAlive(bool on, KeepAlive probes) override;
  bool getTcpKeepAlive() const override;

  void startRead(bool busy) final;

 protected:
  /// The system's name of the socket; -1 when it is closed.
  int descriptor() const { return socket_.descriptor(); }
  ConnectionSocket& socket() { return socket_; }

  SendResult send(const OutputBuffer& out) override;
  SendResult sendAtOnce(std::span<const BytesView> pieces) override;
  void close(CloseKind kind) override;

  // --- For a subclass that reads and sends in a way of its own ----------------------------------

  /// Reads what has come and delivers it, while `wantsRead()`.
  virtual void readNow(bool busy);
  /// What a read ends with: delivers, and asks for the next.
  void deliver(const SocketInput& input);
  /// What a send ends with: `sent` of `offered` bytes were taken.
  SendResult sendDone(int error, std::size_t sent, std::size_t offered);

 private:
  void socketReady(bool readable, bool writable) final;
  void socketBroken(int error) final;
  void retainSocket() final { retain(); }
  void releaseSocket() final { release(); }

  void read(bool busy);
  SendResult sendPieces(const OutputBuffer& out);
  void readingChanged() override;
  void closeWriteSide() override;
  Address mediumPeer() const override { return peer_; }
  Address mediumHost() const override;

  void setOption(int level, int name, int value);
  int getOption(int level, int name) const;

  // What every message touches comes first, and together.
  ConnectionSocket socket_;
  Address peer_;
  mutable Address host_;
};

}  // namespace plait::detail
