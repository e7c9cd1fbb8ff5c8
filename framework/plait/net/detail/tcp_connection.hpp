#pragma once

#include <plait/core/stream_transport.hpp>
#include <plait/net/detail/handler_memory.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// Who is told when a connection is over, besides its protocol.
class ConnectionOwner {
 public:
  virtual void connectionLost(const Failure& reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// A TCP connection: StreamTransport on an Asio socket.
///
/// Reading: one `async_read_some` into a few hundred bytes of its own is outstanding while idle
/// (that is what an idle connection costs); when these come back full, the rest is read at once
/// into the buffer that all connections of the loop share. In a busy loop most peers have answered
/// by the end of the turn: then the shared buffer is read into directly, without Asio, for as long
/// as that succeeds. Sending: straight into the socket; only what the system refuses waits for it
/// to become writable.
///
/// It keeps itself alive from `begin` until the connection is lost and no operation of Asio's, and
/// no list of the loop's, refers to it.
class TcpConnection final : public StreamTransport, public LoopMember {
 public:
  /// `host` is this end's address if known already, else it is asked of the socket when needed.
  TcpConnection(Loop& loop, TcpSocket socket, const Address& peer, const Address& host,
                const TransportOptions& options);

  /// Sets up the socket and tells the protocol. `owner` may be null.
  void begin(std::shared_ptr<Protocol> protocol, std::shared_ptr<ConnectionOwner> owner);

  Address getPeer() const override { return peer_; }
  Address getHost() const override;
  void setTcpNoDelay(bool on) override;
  bool getTcpNoDelay() const override;
  void setTcpKeepAlive(bool on, KeepAlive probes) override;
  bool getTcpKeepAlive() const override;

  // --- For the loop ----------------------------------------------------------------------------

  void retain() { ++uses_; }
  void release();
  void haveTurn() { turn(); }
  /// True the first time since the last `startRead`.
  bool askForRead() { return !std::exchange(readAsked_, true); }
  /// Reads, if reading is (still) wanted and not under way; else watches for a reset. `busy`: the
  /// loop serves so many others that the peer may have answered already.
  void startRead(bool busy);

  void shutDown() override { loseConnection(); }
  void end() override;

 private:
  class ReadDone;
  class WriteReady;
  class ResetSeen;
  static constexpr std::size_t kSmallRead = 256;
  static constexpr std::size_t kOperationSize = 128;

  SendResult send(const OutputBuffer& out) override;
  std::size_t sendPieces(const OutputBuffer& out, std::size_t& offered, ErrorCode& error);
  void readingChanged() override;
  void closeWriteSide() override;
  void close(CloseKind kind) override;
  void requestTurn() override { loop_->requestTurn(*this); }
  void lost(const Failure& reason) override;
  void assertThread() const override {
    if (loop_) loop_->assertThread();
  }

  bool readAhead();
  void readDone(ErrorCode error, std::size_t size);
  void deliverSmall(ErrorCode error, std::size_t size);
  void deliver(ErrorCode error, BytesView data);
  void watchForReset();
  void resetSeen();
  template <class Option>
  void setOption(const Option& option);

  // What every message touches comes first, and together.
  Loop* loop_;  // null once lost
  unsigned uses_ = 0;
  // Reading ahead that finds nothing costs a system call; where it mostly does, it pauses for a
  // while.
  std::uint8_t readAheadPause_ = 0;
  std::int8_t readAheadScore_ = 0;  // hits minus misses, bounded
  bool reading_ = false;
  bool watching_ = false;
  bool readAsked_ = false;  // of the loop
  bool held_ = false;       // a read that ended while paused: its outcome waits below
  TcpSocket socket_;
  HandlerMemory<kOperationSize> readMemory_;
  char small_[kSmallRead];

  ErrorCode heldError_;
  std::size_t heldSize_ = 0;
  Address peer_;
  mutable Address host_;
  std::shared_ptr<ConnectionOwner> owner_;
  std::shared_ptr<StreamTransport> self_;
};

}  // namespace plait::detail
