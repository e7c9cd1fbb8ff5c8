#pragma once

#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/handler_memory.hpp>

namespace plait::detail {

/// A connection over a stream socket, TCP or UNIX: StreamTransport on an Asio socket.
///
/// Reading: one `async_read_some` into a few hundred bytes of its own is outstanding while idle
/// (that is what an idle connection costs); when these come back full, the rest is read at once
/// into the buffer that all connections of the loop share. In a busy loop most peers have answered
/// by the end of the turn: then the shared buffer is read into directly, without Asio, for as long
/// as that succeeds. Sending: straight into the socket; only what the system refuses waits for it
/// to become writable.
class SocketConnection : public Connection {
 public:
  /// `host` is this end's address if known already, else it is asked of the socket when needed.
  SocketConnection(Loop& loop, StreamSocket socket, const Address& peer, const Address& host,
                   const TransportOptions& options);

  void setTcpNoDelay(bool on) override;
  bool getTcpNoDelay() const override;
  void setTcpKeepAlive(bool on, KeepAlive probes) override;
  bool getTcpKeepAlive() const override;

  /// While reading is not wanted, it watches for a reset.
  void startRead(bool busy) override;

 protected:
  /// The system's name of the socket; -1 when it is closed.
  int descriptor() const { return const_cast<StreamSocket&>(socket_).native_handle(); }

  SendResult send(const OutputBuffer& out) override;
  void close(CloseKind kind) override;

  // --- For a subclass that reads and sends in a way of its own ----------------------------------

  /// What `startRead` begins with: true when there is to be a read, and none is under way.
  bool beginRead();
  /// Waits until there is something to read, and asks for it to be read then.
  void awaitInput();
  /// What has been read and is not delivered yet, here, is so by `SocketConnection::startRead`.
  bool holdsRead() const { return held_; }
  /// What a read ends with: delivers, and asks for the next.
  void deliver(ErrorCode error, BytesView data);
  /// What a send ends with: `sent` of `offered` bytes were taken.
  SendResult sendDone(ErrorCode error, std::size_t sent, std::size_t offered);

  /// The next message may need that other way. Here, as every message touches it.
  bool inAWayOfItsOwn_ = false;

 private:
  class ReadDone;
  class WriteReady;
  class ResetSeen;
  static constexpr std::size_t kSmallRead = 256;
  static constexpr std::size_t kOperationSize = 128;

  std::size_t sendPieces(const OutputBuffer& out, std::size_t& offered, ErrorCode& error);
  void readingChanged() override;
  void closeWriteSide() override;
  Address mediumPeer() const override { return peer_; }
  Address mediumHost() const override;

  bool readAhead();
  void readDone(ErrorCode error, std::size_t size);
  void deliverSmall(ErrorCode error, std::size_t size);
  void watchForReset();
  void resetSeen();
  template <class Option>
  void setOption(const Option& option);

  // What every message touches comes first, and together.
  // Reading ahead that finds nothing costs a system call; where it mostly does, it pauses for a
  // while.
  std::uint8_t readAheadPause_ = 0;
  std::int8_t readAheadScore_ = 0;  // hits minus misses, bounded
  bool reading_ = false;
  bool watching_ = false;
  bool held_ = false;  // a read that ended while paused: its outcome waits below
  StreamSocket socket_;
  HandlerMemory<kOperationSize> readMemory_;
  char small_[kSmallRead];

  ErrorCode heldError_;
  std::size_t heldSize_ = 0;
  Address peer_;
  mutable Address host_;
};

}  // namespace plait::detail
