#pragma once

#include <plait/core/stream_transport.hpp>
#include <plait/net/detail/loop.hpp>

namespace plait::detail {

/// Who is told when a connection is over, besides its protocol.
class ConnectionOwner {
 public:
  virtual void connectionLost(const Failure& reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// A stream connection of a loop, whatever moves its bytes: it is a member of the loop, has its
/// turns and reads there, and keeps itself alive from `begin` until it is lost and no operation of
/// Asio's, and no list of the loop's, refers to it.
class Connection : public StreamTransport, public LoopMember {
 public:
  /// Joins the loop and tells the protocol. `owner` may be null.
  void begin(std::shared_ptr<Protocol> protocol, std::shared_ptr<ConnectionOwner> owner);

  void shutDown() override { loseConnection(); }
  void end() override;

  // --- For the loop ----------------------------------------------------------------------------

  void retain() { ++uses_; }
  void release() {
    if (--uses_ == 0 && !loop_) self_.reset();  // may destroy *this
  }
  void haveTurn() { turn(); }
  /// Its turn or read has failed, with the exception that is being handled.
  void broken();
  /// True the first time since the last `startRead`.
  bool askForRead() { return !std::exchange(readAsked_, true); }
  /// Links of the loop's queues.
  Connection* nextTurn = nullptr;
  Connection* nextRead = nullptr;
  /// Reads, if reading is (still) wanted and not under way. `busy`: the loop serves so many others
  /// that the peer may have answered already.
  virtual void startRead(bool busy) = 0;

  /// What an operation of Asio's owns: a use of the connection. Destroyed uncalled, it still gives
  /// it back.
  template <class C>
  class Use {
   public:
    explicit Use(C& connection) : connection_(&connection) { connection.retain(); }
    Use(Use&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
    ~Use() {
      if (connection_) connection_->release();
    }
    C* operator->() const { return connection_; }
    C& operator*() const { return *connection_; }

   private:
    C* connection_;
  };

 protected:
  Connection(Loop& loop, const TransportOptions& options)
      : StreamTransport(loop, loop.log(), loop.transportGroup(), options), loop_(&loop) {}

  /// Null once lost.
  Loop* loop() const { return loop_; }
  void readAnswered() { readAsked_ = false; }

 private:
  void requestTurn() final { loop_->requestTurn(*this); }
  void lost(const Failure& reason) final;
  void assertThread() const final {
    if (loop_) loop_->assertThread();
  }

  std::shared_ptr<ConnectionOwner> owner_;
  std::shared_ptr<StreamTransport> self_;
  // What every message touches comes last, next to the medium's own.
  Loop* loop_;
  unsigned uses_ = 0;
  bool readAsked_ = false;  // of the loop
};

}  // namespace plait::detail
