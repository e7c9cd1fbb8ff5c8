#pragma once

#include <plait/core/stream_transport.hpp>

namespace plait {

class LayerWire;

/// A stream transport whose medium is another transport, the *lower* one: TLS and throttling are
/// made of it. Order, flow control and closing are StreamTransport's; a subclass says what becomes
/// of the bytes on their way:
///
///     protocol  ──write──▶  OutputBuffer  ──send──▶  lower
///     protocol  ◀──received──  a subclass  ◀──feed──  LayerWire  ◀──  lower
///
/// Its turns are inside of the lower transport's, so what is written in a callback leaves in one
/// send.
class LayeredTransport : public StreamTransport, public TransportLayer {
 public:
  // --- What the lower transport tells ------------------------------------------------------------

  /// The wire has its transport, and has seen the connection: `protocol` sees it too.
  virtual void begin(std::shared_ptr<Protocol> protocol) { start(std::move(protocol)); }
  /// Bytes came, cut anywhere.
  virtual void feed(BytesView data) = 0;
  /// The lower transport's peer has closed its sending half.
  virtual void endOfFile() = 0;
  /// Nothing is buffered there any more; or it is being closed, and waits for this layer.
  virtual void lowerDrained();
  void lowerLost(const Failure& reason) { failed(reason); }
  void haveTurn() override { turn(); }

  bool holdsBack() const override;
  std::uint64_t bytesTaken() const final { return lower().bytesTaken(); }

  // --- Transport ---------------------------------------------------------------------------------

  void setTcpNoDelay(bool on) override { lower().setTcpNoDelay(on); }
  bool getTcpNoDelay() const override { return lower().getTcpNoDelay(); }
  void setTcpKeepAlive(bool on, KeepAlive probes) override { lower().setTcpKeepAlive(on, probes); }
  bool getTcpKeepAlive() const override { return lower().getTcpKeepAlive(); }

 protected:
  /// Buffers and closes as `lower` was told to. From now on `lower` may buffer so much more than it
  /// does: the user's limit counts up here.
  LayeredTransport(Transport& lower, std::shared_ptr<LayerWire> wire, std::size_t limitBelow);

  Transport& lower() const;
  std::size_t bufferedBelow() const final { return lower().bufferedBytes(); }
  std::uint64_t timesBlockedBelow() const final { return lower().timesBlocked(); }
  Address mediumPeer() const final { return lower().getPeer(); }
  Address mediumHost() const final { return lower().getHost(); }
  void requestTurn() final { lower().requestTurnFor(*this); }
  void close(CloseKind kind) override { closeKind_ = kind; }
  /// Closes the lower transport the way this one was closed, for the same reason.
  void lost(const Failure& reason) override;

 private:
  friend class LayerWire;

  std::shared_ptr<LayerWire> wire_;
  CloseKind closeKind_ = CloseKind::orderly;
};

/// The protocol that the lower transport sees: it hands everything on to the LayeredTransport that
/// stands on it.
///
/// It is a pull producer of the lower transport. That tells when what was written has gone, and
/// holds up a close that the layer does not know of yet (`Connector::disconnect`, a reactor that
/// stops), so that the layer can send before what it has.
class LayerWire : public Protocol, public HalfCloseableProtocol, public PullProducer {
 public:
  /// `protocol` sees a connection when the wire does.
  explicit LayerWire(std::shared_ptr<Protocol> protocol) : protocol_(std::move(protocol)) {}

  void connectionMade() override;
  void dataReceived(BytesView data) final { layer_->feed(data); }
  void readConnectionLost() final { layer_->endOfFile(); }
  void writeConnectionLost() final {}
  void connectionLost(const Failure& reason) final;
  void resumeProducing() final;
  void stopProducing() final {}

  /// What the protocol above writes to, and that; null when there is none.
  StreamTransport* transportAbove() const { return layer_.get(); }
  Protocol* protocolAbove() const { return layer_ ? layer_->protocol() : protocol_.get(); }

 protected:
  /// The layer on `lower`, which is the wire's transport, or is about to be.
  virtual std::shared_ptr<LayeredTransport> makeLayer(Transport& lower) = 0;
  /// The protocol above, until the connection is made.
  std::shared_ptr<Protocol>& waitingProtocol() { return protocol_; }
  std::shared_ptr<LayeredTransport>& layer() { return layer_; }

 private:
  std::shared_ptr<Protocol> protocol_;
  std::shared_ptr<LayeredTransport> layer_;
};

}  // namespace plait
