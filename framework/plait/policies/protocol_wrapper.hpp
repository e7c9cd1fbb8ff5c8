#pragma once

#include <plait/core/protocol.hpp>
#include <span>
#include <vector>

namespace plait {

/// Stands between a transport and a protocol, as each of them for the other: what a policy is made
/// of. By itself it changes nothing. Twisted: `ProtocolWrapper`.
///
///     transport  ──dataReceived──▶  ProtocolWrapper  ──dataReceived──▶  wrapped protocol
///     transport  ◀────write───────  ProtocolWrapper  ◀────write───────  wrapped protocol
///
/// A policy overrides what it has to do with, and calls the base's function to let it happen: the
/// hooks `receiving` and `writing` for the bytes, any function of Protocol's or Transport's for all
/// else. What must end with the connection (timers, counts) ends in `connectionLost`, before the
/// base's is called: what the wrapped protocol throws there passes through.
///
/// The wrapped protocol's interfaces (HalfCloseableProtocol and its like) are seen through it, and
/// so are the transport's (`TLSTransport::of(transport())`): see `Protocol::as`, `Transport::as`.
///
/// Thread: its reactor's.
class ProtocolWrapper : public Protocol, public Transport {
 public:
  explicit ProtocolWrapper(std::shared_ptr<Protocol> wrapped) : wrapped_(std::move(wrapped)) {}
  ~ProtocolWrapper() override;

  /// Null once the connection is lost.
  Protocol* wrappedProtocol() const override { return wrapped_.get(); }
  /// Null before `connectionMade`.
  Transport* wrappedTransport() override { return made_ ? &transport() : nullptr; }

  // --- Protocol: what the transport tells -------------------------------------------------------

  void connectionMade() override;
  void dataReceived(BytesView data) final;
  void connectionLost(const Failure& reason) override;
  Bytes takeUnread() override;
  std::string logPrefix() const override;

  // --- Transport: what the wrapped protocol wants ------------------------------------------------

  std::size_t bufferedBytes() const override { return transport().bufferedBytes(); }
  std::uint64_t bytesReceived() const override { return transport().bytesReceived(); }
  std::uint64_t bytesSent() const override { return transport().bytesSent(); }
  std::uint64_t bytesTaken() const override { return transport().bytesTaken(); }
  std::uint64_t timesBlocked() const override { return transport().timesBlocked(); }
  void loseConnection() override { transport().loseConnection(); }
  void loseConnection(Failure reason) override { transport().loseConnection(std::move(reason)); }
  void loseWriteConnection() override { transport().loseWriteConnection(); }
  void abortConnection() override { transport().abortConnection(); }
  void abortConnection(Failure reason) override { transport().abortConnection(std::move(reason)); }
  void failConnection(Failure failure, const char* what) override {
    transport().failConnection(std::move(failure), what);
  }
  bool connected() const override { return made_ && transport().connected(); }
  bool disconnecting() const override { return transport().disconnecting(); }
  void pauseProducing() override { transport().pauseProducing(); }
  void resumeProducing() override { transport().resumeProducing(); }
  void unregisterProducer() override { transport().unregisterProducer(); }
  void setTransportOptions(const TransportOptions& options) override {
    transport().setTransportOptions(options);
  }
  TransportOptions transportOptions() const override { return transport().transportOptions(); }
  Address getPeer() const override { return transport().getPeer(); }
  Address getHost() const override { return transport().getHost(); }
  void setTcpNoDelay(bool on) override { transport().setTcpNoDelay(on); }
  bool getTcpNoDelay() const override { return transport().getTcpNoDelay(); }
  void setTcpKeepAlive(bool on, KeepAlive probes) override {
    transport().setTcpKeepAlive(on, probes);
  }
  bool getTcpKeepAlive() const override { return transport().getTcpKeepAlive(); }
  ReactorTime& clock() const override { return transport().clock(); }
  Log& log() const override { return transport().log(); }
  /// `next` is wrapped from now on. std::invalid_argument when there is none.
  void switchProtocol(std::shared_ptr<Protocol> next, Bytes unread = {}) override;
  void overrideAddresses(Address peer, Address host) override;
  RegisteredProducer releaseProducer() override;
  void requestTurnFor(TransportLayer& layer) override { transport().requestTurnFor(layer); }

 protected:
  /// Bytes have come; the wrapped protocol is given them next. Each is told of once.
  virtual void receiving(BytesView) {}
  /// The wrapped protocol has written; the transport is given it next.
  virtual void writing(std::span<const BytesView>) {}

 private:
  void whenDrained(UniqueFunction<void(const Failure* lost)> call) override;
  void doWrite(BytesView data) override;
  void doWrite(Bytes&& data) override;
  void doWrite(SharedBytes data) override;
  void doWriteSequence(std::span<const BytesView> pieces) override;
  void doRegisterProducer(PushProducer& producer) override;
  void doRegisterProducer(PullProducer& producer) override;
  void rememberPrefix();
  void letGo();

  std::shared_ptr<Protocol> wrapped_;
  std::vector<std::shared_ptr<Protocol>> previous_;  // what is running now may be one of them
  std::size_t seenBefore_ = 0;  // bytes to come that were received before the protocol changed
  std::string lastPrefix_;      // of one that is gone, and had something to be logged
  bool made_ = false;
};

}  // namespace plait
