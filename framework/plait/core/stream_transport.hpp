#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <plait/core/log.hpp>
#include <plait/core/output_buffer.hpp>
#include <plait/core/protocol.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/transport.hpp>
#include <plait/core/transport_group.hpp>
#include <system_error>
#include <vector>

namespace plait {

/// A stream transport without its medium: the rules of sending, flow control and closing, written
/// once for TCP, memory and whatever comes. A subclass (the *medium*) moves the bytes: it
/// implements the private hooks and calls the protected functions when something happens.
///
/// The life of a connection:
///
///     start ─▶ open ──loseConnection, end of file──▶ closing ──flushed, no producer──▶ lost
///                │                                     │
///                └──abortConnection, error─────────────┴──abort, error, no progress──▶ lost
///
/// Nothing the user calls changes the connection while the user is being called: `write`,
/// `loseConnection` and `abortConnection` note what is wanted and ask the medium for a `turn`, in
/// which the bytes are sent and the connection ends.
class StreamTransport : public Transport, public std::enable_shared_from_this<StreamTransport> {
 public:
  std::size_t bufferedBytes() const final {
    return connected_ && !aborting_ ? putArea().size() + out_.size() + bufferedBelow() : 0;
  }
  std::uint64_t bytesReceived() const final { return receivedBytes_; }
  std::uint64_t bytesSent() const final {
    const std::uint64_t below = connected_ ? bufferedBelow() : 0;
    return sentBytes_ - std::min(sentBytes_, below);
  }
  std::uint64_t bytesTaken() const override { return sentBytes_; }
  std::uint64_t timesBlocked() const final {
    return timesBlocked_ + (connected_ ? timesBlockedBelow() : 0);
  }
  void loseConnection() final;
  void loseConnection(Failure reason) final;
  void loseWriteConnection() final;
  void abortConnection() final;
  void abortConnection(Failure reason) final;
  void failConnection(Failure failure, const char* what) final;
  bool connected() const final { return connected_; }
  bool disconnecting() const final { return closing_ | aborting_ | !connected_; }
  void pauseProducing() final;
  void resumeProducing() final;
  void unregisterProducer() final;
  void setTransportOptions(const TransportOptions& options) final {
    settle();
    options_ = options;
  }
  TransportOptions transportOptions() const final { return options_; }
  Address getPeer() const final;
  Address getHost() const final;
  ReactorTime& clock() const final { return time_; }
  void switchProtocol(std::shared_ptr<Protocol> next, Bytes unread = {}) final;
  void overrideAddresses(Address peer, Address host) final;
  RegisteredProducer releaseProducer() final;
  void requestTurnFor(TransportLayer& layer) final;

  Log& log() const final { return log_; }

  // --- For layers --------------------------------------------------------------------------------

  /// Those it shares a reactor with.
  TransportGroup& transportGroup() const { return group_; }
  /// True between `pauseProducing` and `resumeProducing`.
  bool pausedByUser() const { return paused_; }
  /// True while it is the medium itself that holds bytes back (its rate is limited), not the peer:
  /// a close waits on, however long that takes.
  virtual bool holdsBack() const { return false; }
  /// How log lines call this connection: "Echo 127.0.0.1:4711".
  std::string connectionName() const;

 protected:
  /// Everything borrowed must live until the connection is lost.
  StreamTransport(ReactorTime& time, Log& log, TransportGroup& group,
                  const TransportOptions& options)
      : time_(time), log_(log), group_(group), options_(options), out_(group.pool) {}

  // --- What the medium tells -------------------------------------------------------------------

  /// The connection is up: from here on the transport and `protocol` hold each other, until
  /// `connectionLost` has returned.
  void start(std::shared_ptr<Protocol> protocol);
  /// The same for a connection that `protocol` has known already, over another transport, whose
  /// place this one takes: nothing is told.
  void startTakingOver(std::shared_ptr<Protocol> protocol, RegisteredProducer producer,
                       bool paused);
  /// Bytes came. Only while `wantsRead()`.
  void received(BytesView data);
  /// The peer has closed its sending half. Only while `wantsRead()`.
  void receivedEOF();
  /// The medium takes bytes again (after it said `wouldBlock`).
  void writable();
  /// The medium has failed: the connection is lost, now.
  void failed(Failure reason);
  /// The turn that was asked for with `requestTurn`.
  void turn();

  /// True while bytes should be read from the medium: to be delivered, or to be thrown away.
  bool wantsRead() const { return (mayDeliver() && !holdsEOF_) || discarding_; }
  /// Closing, and not everything is sent yet: what comes is read and thrown away, whoever paused,
  /// since the peer may not read before somebody reads what it sends.
  bool discardsInput() const { return discarding_; }
  /// True once the peer has closed its sending half.
  bool eofReceived() const { return eof_; }
  Protocol* protocol() const { return protocol_.get(); }
  /// True while something that is written would be sent.
  bool admitsWrites() const {
    return connected_ && !aborting_ && !writeClosed_ &&
           ((!closing_ && !losingWrite_) || awaitsProducer());
  }
  /// Pauses a push producer, as when more bytes are buffered than should be; it is resumed when
  /// they have been sent.
  void pauseProducer();
  struct SendResult {
    std::size_t sent = 0;
    bool wouldBlock = false;  ///< no more for now; the medium will call `writable()`
    std::error_code error;    ///< the connection is broken
  };
  enum class CloseKind { orderly, reset };

 private:
  friend class WriteBudget;

  // --- What the medium does ----------------------------------------------------------------------

  /// Sends from the front of `out` (never empty) without blocking or consuming it.
  virtual SendResult send(const OutputBuffer& out) = 0;
  /// Sends from the front of `pieces` without blocking, as nothing is buffered. What it takes need
  /// not be copied. By default it takes nothing.
  virtual SendResult sendAtOnce(std::span<const BytesView>) { return {}; }
  /// Bytes that `send` took and a transport further down has not sent yet. A close waits for them;
  /// the medium calls `writable()` when they have gone.
  virtual std::size_t bufferedBelow() const { return 0; }
  /// How often that transport was blocked.
  virtual std::uint64_t timesBlockedBelow() const { return 0; }
  /// The connection, or its sending half, is being closed, and `send` has taken everything. What
  /// must follow the last byte (TLS's close_notify) is to be sent now; the close waits for it if
  /// `bufferedBelow` counts it. Returns what is wrong with an end here, as the reason of the loss
  /// if there is no other. May be called again.
  virtual std::optional<Failure> endSending() { return std::nullopt; }
  /// `protocol()` is another one from now on.
  virtual void protocolChanged() {}
  /// The addresses, as long as nobody overrides them.
  virtual Address mediumPeer() const = 0;
  virtual Address mediumHost() const = 0;
  /// `wantsRead()` has changed.
  virtual void readingChanged() = 0;
  /// Closes the sending half. Everything before it has been sent.
  virtual void closeWriteSide() = 0;
  /// Closes. After it no function of the medium is called but `lost`.
  virtual void close(CloseKind kind) = 0;
  /// Call `turn()` soon: when the callback that runs now has returned, or from the loop.
  virtual void requestTurn() = 0;
  /// The protocol has been told; let go of everything. May be the last reference.
  virtual void lost(const Failure& reason) = 0;

  void whenDrained(UniqueFunction<void(const Failure* lost)> call) final;
  void doWrite(BytesView data) final;
  void doWrite(Bytes&& data) final;
  void doWrite(SharedBytes data) final;
  void doWriteSequence(std::span<const BytesView> pieces) final;
  void doRegisterProducer(PushProducer& producer) final;
  void doRegisterProducer(PullProducer& producer) final;

  bool mayDeliver() const {
    return connected_ && !paused_ && !throttled_ && !held_ && !closing_ && !aborting_ && !eof_;
  }
  bool holdsInput() const { return holdsBytes_ || holdsEOF_; }
  void giveTurnToOthers();
  void giveToProtocol(BytesView data);
  void deliverHeld();
  void endTakeOver();
  /// Takes what was put into the put area, and closes that: before whatever looks at `out_`, or
  /// changes what a write means.
  void settle() {
    if (putArea().size() != 0) out_.commit(putArea().size());
    putArea().close();
  }
  void openPutArea();
  bool admitWrite();
  bool admitUnusualWrite();
  std::size_t writeThrough(std::span<const BytesView> pieces);
  void appendRest(std::span<const BytesView> pieces, std::size_t sent);
  void wrote();
  void askForTurn();
  void flush();
  void resumeProducer();
  void tellDrained(const Failure* lost);
  void setProtocol(std::shared_ptr<Protocol> protocol);
  void closeWhatIsDone();
  void beginClose(std::optional<Failure> reason);
  void throttle(bool on);
  /// For the WriteBudget: does not read, whoever wants to, until told otherwise.
  void holdReading(bool on);
  std::size_t waitingMemory() const { return out_.memory(); }
  void leaveBudget() {
    if (budgetPlace_ != kNoPlace) group_.budget.sent(*this);
  }
  void stopReading();
  void discardInput();
  void watchProgress();
  void checkProgress();
  bool layerAboveHoldsBack() const;
  void finish(CloseKind kind, Failure reason);
  bool hasProducer() const { return push_ || pull_; }
  bool isOwnProducer() const { return push_ == this; }
  /// Closing waits for a producer, but not for the transport's own reading, nor for another
  /// transport that is closing itself: two that feed each other must not wait for each other.
  bool awaitsProducer() const {
    return hasProducer() && !isOwnProducer() &&
           !(pushTransport_ && pushTransport_->disconnecting());
  }
  bool admitProducer() const;
  void dropProducer();
  /// Runs user code; what it throws is logged and loses the connection.
  template <class F>
  void guarded(const char* what, F&& call);

  // What every message touches comes last, next to the medium's own: with thousands of connections,
  // lines of cache are what a message costs.
  ReactorTime& time_;
  Log& log_;
  TransportGroup& group_;
  static constexpr std::size_t kNoPlace = SIZE_MAX;
  std::size_t budgetPlace_ = kNoPlace;  // among those the WriteBudget watches
  std::shared_ptr<Factory> factory_;    // the protocol's, which refers to it weakly
  std::optional<Failure> reason_;       // set by the first that closes
  using DrainWaiters = std::vector<UniqueFunction<void(const Failure*)>>;
  std::unique_ptr<DrainWaiters> drainWaiters_;  // null: nobody waits
  DelayedCall progressTimer_;
  std::uint64_t sentAtLastCheck_ = 0;
  /// Of a connection that was taken over; null for most.
  struct TakeOver {
    std::vector<std::shared_ptr<Protocol>> previous;  // what is running now may be one of them
    Bytes unread;
    Address peer;
    Address host;
  };
  std::unique_ptr<TakeOver> takeOver_;
  TransportLayer* layer_ = nullptr;           // which has asked for a turn
  const Transport* pushTransport_ = nullptr;  // push_, if it is another transport

  std::uint64_t sentBytes_ = 0;
  std::uint64_t receivedBytes_ = 0;
  std::uint64_t timesBlocked_ = 0;
  TransportOptions options_;
  std::shared_ptr<Protocol> protocol_;
  OutputBuffer out_;
  PushProducer* push_ = nullptr;
  PullProducer* pull_ = nullptr;
  bool connected_ = false;        // this and the next two are asked for with every message
  bool closing_ = false;          // loseConnection, or end of file
  bool aborting_ = false;         // abortConnection
  bool paused_ : 1 = false;       // reading, by pauseProducing
  bool throttled_ : 1 = false;    // reading, as its own producer
  bool held_ : 1 = false;         // reading, by the WriteBudget
  bool eof_ : 1 = false;          // the peer has closed its sending half
  bool discarding_ : 1 = false;   // what is read
  bool losingWrite_ : 1 = false;  // loseWriteConnection
  bool writeClosed_ : 1 = false;  // ... has been done
  bool blocked_ : 1 = false;      // the medium said wouldBlock
  bool turnAsked_ : 1 = false;
  bool producerPaused_ : 1 = false;
  bool holdsBytes_ : 1 = false;  // in takeOver_, to be delivered before what comes
  bool holdsEOF_ : 1 = false;    // came behind them
  bool layerWaits_ : 1 = false;
  bool tookOver_ : 1 = false;  // since the last turn
};

}  // namespace plait
