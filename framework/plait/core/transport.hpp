#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <plait/core/address.hpp>
#include <plait/core/bytes.hpp>
#include <plait/core/deferred_fwd.hpp>
#include <plait/core/failure.hpp>
#include <plait/core/producer.hpp>
#include <plait/core/put_area.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/unique_function.hpp>
#include <span>

namespace plait {

/// How a transport buffers and closes. The defaults suit almost everybody.
struct TransportOptions {
  /// Buffered bytes above which a push producer is paused.
  std::size_t highWaterMark = 64 * 1024;
  /// Buffered bytes at or below which it is resumed.
  std::size_t lowWaterMark = 0;
  /// A write that finds more than this buffered aborts the connection with WriteBufferFull;
  /// 0 = no limit.
  std::size_t writeBufferLimit = 64 * 1024 * 1024;
  /// A close that makes no progress for this long (nothing sent, whether the peer or a producer is
  /// to blame) is aborted with CloseTimeout; 0 or less = never.
  std::chrono::nanoseconds closeTimeout = std::chrono::seconds(30);
};

/// Probes sent on an idle connection to learn whether the peer is still there.
struct KeepAlive {
  std::chrono::seconds idle{60};      ///< silence before the first probe
  std::chrono::seconds interval{10};  ///< between probes
  int probes = 6;                     ///< unanswered probes that end the connection
};

class Log;
class Protocol;

/// What stands between a transport and its protocol, as TLS does. See `Transport::requestTurnFor`.
class TransportLayer {
 public:
  virtual ~TransportLayer() = default;
  virtual void haveTurn() = 0;
};

/// The producer that a transport had.
struct RegisteredProducer {
  PushProducer* push = nullptr;
  PullProducer* pull = nullptr;
  bool paused = false;  ///< `push` was told to pause, and waits to be told to resume
};

/// One end of a connection: what a protocol writes to. Implementations: TCP in room `net`, memory
/// in room `testing`. Twisted: `ITransport`, `ITCPTransport`, `IConsumer` and `IPushProducer` in
/// one.
///
/// Valid for as long as anybody holds it. After the connection is lost, whatever would change it is
/// a silent no-op and the questions still answer.
///
/// Thread: its reactor's only.
class Transport : public PushProducer {
 public:
  // --- Sending ------------------------------------------------------------------------------
  // Never blocks, never fails, keeps the order. What is written in one callback leaves together
  // when the callback returns; a large write that finds nothing buffered, at once.

  /// Copies `data`.
  void write(BytesView data) {
    checkThread();
    if (!putArea_.put(data)) doWrite(data);
  }
  void write(const char* text) { write(BytesView(text)); }
  /// Takes `data` over, without a copy when it is large.
  void write(Bytes&& data) {
    checkThread();
    if (!putArea_.put(BytesView(data))) doWrite(std::move(data));
  }
  /// Shares `data`, without a copy when it is large.
  void write(SharedBytes data) { doWrite(std::move(data)); }
  /// Writes the pieces one behind the other.
  void writeSequence(std::span<const BytesView> pieces) { doWriteSequence(pieces); }
  void writeSequence(std::initializer_list<BytesView> pieces) {
    doWriteSequence(std::span(pieces.begin(), pieces.size()));
  }
  /// The same for the two to four that a framed message is made of.
  void writeSequence(BytesView first, BytesView second, BytesView third = {},
                     BytesView fourth = {}) {
    checkThread();
    if (!putArea_.put(first, second, third, fourth)) writePieces(first, second, third, fourth);
  }
  /// Bytes written and not yet taken by the medium.
  virtual std::size_t bufferedBytes() const = 0;
  /// Bytes that the protocol was given, and bytes of its own that the medium has taken, since the
  /// connection was made: what it moves, apart from what waits to be moved.
  virtual std::uint64_t bytesReceived() const = 0;
  virtual std::uint64_t bytesSent() const = 0;
  /// Bytes that have left at the lowest end, whatever they carry (TLS's records, say): grows
  /// whenever the peer takes something, which `bytesSent` over a layer does not.
  virtual std::uint64_t bytesTaken() const { return bytesSent(); }
  /// How often the medium did not take all that it was offered. As long as that is the same, and
  /// nothing is buffered, all bytes have left as soon as they were written.
  virtual std::uint64_t timesBlocked() const { return 0; }
  /// Fires when nothing is buffered (at once when nothing is): the medium has taken everything,
  /// also what was written meanwhile. Fails with the reason when the connection is lost before. So
  /// a coroutine writes no faster than its peer reads: `co_await transport().drained()`.
  Deferred<void> drained();

  // --- Closing ------------------------------------------------------------------------------

  /// Delivers nothing more, sends what is buffered, closes. With a producer registered it waits for
  /// `unregisterProducer` first. Writes that come later are dropped, except the producer's; so is
  /// what the peer still sends. `connectionLost(ConnectionDone)` follows, never inside this call.
  virtual void loseConnection() = 0;
  /// The same, with `reason` for `connectionLost` instead of ConnectionDone.
  virtual void loseConnection(Failure reason) = 0;
  /// Sends what is buffered, then closes the sending half only; the peer sees end of file and may
  /// still send. Twisted: `IHalfCloseableDescriptor.loseWriteConnection`.
  virtual void loseWriteConnection() = 0;
  /// Drops everything and resets the connection. `connectionLost(ConnectionAborted)` follows, never
  /// from inside this call.
  virtual void abortConnection() = 0;
  /// The same, with `reason` for `connectionLost`.
  virtual void abortConnection(Failure reason) = 0;

  /// For code that runs on behalf of this connection, but not in one of its callbacks (in a
  /// timer's, say), and fails: logs `failure` under the connection's name and loses the connection
  /// with it as the reason. This is what becomes of exceptions out of the callbacks themselves.
  virtual void failConnection(Failure failure, const char* what) = 0;

  /// True from `connectionMade` until just before `connectionLost`.
  virtual bool connected() const = 0;
  /// True once the connection is being closed: whoever delivers data must stop.
  virtual bool disconnecting() const = 0;

  // --- Reading ------------------------------------------------------------------------------

  /// No `dataReceived` until resumed.
  void pauseProducing() override = 0;
  /// Reads again; ignored once disconnecting.
  void resumeProducing() override = 0;
  /// The same as `loseConnection()`.
  void stopProducing() override { loseConnection(); }

  // --- Flow control -------------------------------------------------------------------------

  /// Lets this transport pause and resume `producer`. It must live until it is unregistered or its
  /// `stopProducing` was called (before `connectionLost`). A second one is std::logic_error; on a
  /// lost connection it is stopped at once.
  ///
  /// An echo that reads no faster than its peer does is
  /// `transport().registerProducer(transport())`: a transport that produces for itself needs no
  /// unregistering, it ends with its reading.
  void registerProducer(PushProducer& producer) { doRegisterProducer(producer); }
  /// The same for a pull producer, which is asked for its first data at once; what that throws
  /// reaches the caller, and it is not registered.
  void registerProducer(PullProducer& producer) { doRegisterProducer(producer); }
  /// Nothing more will come from it. No error when there is none.
  virtual void unregisterProducer() = 0;

  /// Buffering and closing, from the next write or close on.
  virtual void setTransportOptions(const TransportOptions& options) = 0;
  virtual TransportOptions transportOptions() const = 0;

  // --- Addresses and socket options ---------------------------------------------------------

  /// The other end. Still answers after the loss.
  virtual Address getPeer() const = 0;
  /// This end. Still answers after the loss.
  virtual Address getHost() const = 0;

  /// Small segments leave at once (TCP_NODELAY). On from the start; nothing where it has no
  /// meaning.
  virtual void setTcpNoDelay(bool) {}
  virtual bool getTcpNoDelay() const { return true; }
  /// SO_KEEPALIVE with its intervals. Off from the start.
  virtual void setTcpKeepAlive(bool, KeepAlive = {}) {}
  virtual bool getTcpKeepAlive() const { return false; }

  /// The clock of its reactor, for timeouts of the connection.
  virtual ReactorTime& clock() const = 0;
  /// Where what happens to it is logged.
  virtual Log& log() const = 0;

  // --- Taking over --------------------------------------------------------------------------
  // For what changes a connection under way: TLS, PROXY headers, protocols that hand over to
  // another.

  /// From now on `next` is told what comes, and of the loss, instead of the present protocol.
  /// Neither is told of the change: call `next->makeConnection` if it has not seen a connection
  /// yet. `unread` are bytes that came already and are `next`'s: it is given them first, from the
  /// loop, as soon as it reads; then, if the peer has closed its sending half already, of that.
  /// Nothing on a lost connection.
  virtual void switchProtocol(std::shared_ptr<Protocol> next, Bytes unread = {}) = 0;
  /// What `getPeer` and `getHost` answer from now on. An unknown address changes nothing.
  virtual void overrideAddresses(Address peer, Address host) = 0;
  /// Unregisters the producer without a word to it, for another transport to take over.
  virtual RegisteredProducer releaseProducer() = 0;
  /// Calls `layer.haveTurn()` once: when the callback that runs now has returned, before what was
  /// written in it leaves; or from the loop. One layer a transport, which must live until it had
  /// its turn or the connection is lost.
  virtual void requestTurnFor(TransportLayer& layer) = 0;

  /// The transport that this one stands for, as a policy's does for what is below; null for all
  /// others, TLS too: what is below that is not the protocol's to use.
  virtual Transport* wrappedTransport() { return nullptr; }
  /// This transport as a `T`, or else the one that it stands for; null when neither is.
  template <class T>
  T* as() {
    for (Transport* next = this; next; next = next->wrappedTransport()) {
      if (auto* found = dynamic_cast<T*>(next)) return found;
    }
    return nullptr;
  }

  /// True only if it is certainly not `disconnecting()`: spares the virtual call where many
  /// messages are answered in one callback (test/bench: `lines32`).
  bool surelyConnected() const { return putArea_.isOpen(); }

 protected:
  /// For transports that let small writes go straight into their memory; closed for all others.
  PutArea& putArea() { return putArea_; }
  const PutArea& putArea() const { return putArea_; }
  /// Debug builds: fails when called from another thread than the reactor's.
  void checkThread() const {
#ifndef NDEBUG
    assertThread();
#endif
  }
  /// `whenDrained` of another transport, for one that stands for it.
  static void whenDrainedOf(Transport& other, UniqueFunction<void(const Failure* lost)> call) {
    other.whenDrained(std::move(call));
  }

 private:
  /// Calls `call` once: with null when nothing is buffered (any more), with the reason when the
  /// connection is lost before, or was.
  virtual void whenDrained(UniqueFunction<void(const Failure* lost)> call) = 0;
  virtual void doWrite(BytesView data) = 0;
  virtual void doWrite(Bytes&& data) {
    doWrite(BytesView(data));
  }
  virtual void doWrite(SharedBytes data) {
    doWrite(BytesView(*data));
  }
  virtual void doWriteSequence(std::span<const BytesView> pieces) {
    for (BytesView piece : pieces) doWrite(piece);
  }
  virtual void doRegisterProducer(PushProducer& producer) = 0;
  virtual void doRegisterProducer(PullProducer& producer) = 0;
  void writePieces(BytesView first, BytesView second, BytesView third, BytesView fourth);
  /// Fails when called from another thread than the reactor's.
  virtual void assertThread() const {}

  PutArea putArea_;
};

}  // namespace plait
