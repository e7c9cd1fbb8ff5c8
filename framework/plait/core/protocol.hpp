#pragma once

#include <memory>
#include <plait/core/transport.hpp>
#include <utility>

namespace plait {

class Factory;

/// What is said on one connection. Subclass it, override what you need; one object is made per
/// connection, by a Factory. Twisted: `Protocol`.
///
/// Called by the transport, on its reactor's thread: `connectionMade` once, `dataReceived` any
/// number of times (never re-entered, never while paused, never after the connection was told to
/// close), `connectionLost` exactly once and last. An exception out of any of them is logged and
/// loses this connection with that exception as the reason; nobody else notices.
class Protocol : public std::enable_shared_from_this<Protocol> {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol();

  /// Binds the transport and calls `connectionMade`. For transports and for tests.
  void makeConnection(std::shared_ptr<Transport> transport);

  /// The connection is up: greet, set timers, write.
  virtual void connectionMade() {}
  /// Bytes came, cut anywhere. They are borrowed: copy what you keep.
  virtual void dataReceived(BytesView) {}
  /// The connection is gone, and why. `transport()` still answers getPeer and getHost.
  virtual void connectionLost(const Failure&) {}

  /// The transport; std::logic_error before `makeConnection`.
  Transport& transport() const {
    if (!transport_) noTransport();
    return *transport_;
  }
  /// True while there is a live connection.
  bool connected() const { return transport_ && transport_->connected(); }

  /// Writes to `transport` from now on, which takes the place of the one it had and is given that:
  /// TLS does so. Nothing is called.
  std::shared_ptr<Transport> switchTransport(std::shared_ptr<Transport> transport) {
    return std::exchange(transport_, std::move(transport));
  }
  /// Gives up the bytes that were received and not handled yet, for what takes over the stream.
  /// Protocols that keep such bytes override it.
  virtual Bytes takeUnread() { return {}; }

  /// Has `next` take this protocol's place on the connection, and connects it (`connectionMade`):
  /// for one that only begins a connection, as with a header that is read or sent first. `unread`
  /// are bytes that came and are `next`'s, see `Transport::switchProtocol`.
  void handOver(std::shared_ptr<Protocol> next, Bytes unread = {});

  /// The factory that made it. It lives as long as a listener, a connector or a connection of its
  /// does, or you keep it; std::logic_error when there is none (any more).
  Factory& factory() const;
  /// The factory as the type you know it to be: `factoryAs<ChatFactory>().users`.
  template <class F>
  F& factoryAs() const {
    return static_cast<F&>(factory());
  }
  /// Set by `Factory::makeProtocol`; call it only for protocols you build by hand.
  void setFactory(const std::shared_ptr<Factory>& factory) { factory_ = factory; }
  bool hasFactory() const { return !factory_.expired(); }

  /// The protocol that this one stands in front of, as a policy's does; null for all others.
  virtual Protocol* wrappedProtocol() const { return nullptr; }
  /// This protocol as an `I` beside Protocol (HalfCloseableProtocol and its like), or else the one
  /// that it stands in front of; null when neither is.
  template <class I>
  I* as() {
    for (Protocol* next = this; next; next = next->wrappedProtocol()) {
      if (auto* found = dynamic_cast<I*>(next)) return found;
    }
    return nullptr;
  }

  /// The name in log lines: the class's name. Twisted: `ILoggingContext.logPrefix`.
  virtual std::string logPrefix() const;

 private:
  [[noreturn]] static void noTransport();

  std::shared_ptr<Transport> transport_;
  std::weak_ptr<Factory> factory_;  // weak: a factory may keep its protocols
};

/// Beside Protocol, for those that go on after one half of the connection is closed:
/// `class Relay : public Protocol, public HalfCloseableProtocol`. Without it, the peer's end of
/// file closes the connection (once what is buffered has been sent). Twisted:
/// `IHalfCloseableProtocol`.
class HalfCloseableProtocol {
 public:
  virtual ~HalfCloseableProtocol() = default;
  /// The peer will send no more; writing still works. Call `loseConnection` when done.
  virtual void readConnectionLost() = 0;
  /// `loseWriteConnection` has done its work.
  virtual void writeConnectionLost() = 0;
};

/// Beside Protocol, for those that want to know when TLS is up: `connectionMade` comes before the
/// handshake, and what is written there waits for it. Twisted: `IHandshakeListener`.
class HandshakeListener {
 public:
  virtual ~HandshakeListener() = default;
  /// Both ends have agreed; the peer's certificate is known, and was accepted.
  virtual void handshakeCompleted() = 0;
};

/// Wraps `call` so that it runs only while `self` is alive, and gets it as its first argument: the
/// safe way to hand a callback of a protocol (or of anything owned by a shared_ptr) to somebody who
/// may keep it longer.
///
///     reactor.callLater(5s, plait::weakly(this, [](Greeter& self) { self.sendLine("Still there?");
///     }));
template <class T, class F>
auto weakly(T* self, F call) {
  return [weak = self->weak_from_this(), self, call = std::move(call)](auto&&... args) mutable {
    if (auto alive = weak.lock()) call(*self, std::forward<decltype(args)>(args)...);
  };
}

}  // namespace plait
