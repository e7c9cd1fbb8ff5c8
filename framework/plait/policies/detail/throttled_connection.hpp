#pragma once

#include <plait/core/layered_transport.hpp>
#include <plait/policies/throttling_factory.hpp>

namespace plait::detail {

/// The layer that lets bytes pass as Throttles allow.
class ThrottledConnection final : public LayeredTransport {
 public:
  ThrottledConnection(Transport& lower, std::shared_ptr<LayerWire> wire,
                      const ThrottlingOptions& options);

  void feed(BytesView data) override;
  void endOfFile() override;
  void haveTurn() override;
  bool holdsBack() const override { return writeTurn_.waiting() || LayeredTransport::holdsBack(); }
  Transport* wrappedTransport() override { return &lower(); }

 private:
  /// Its turn in a line.
  class Turn final : public Throttle::Waiter {
   public:
    Turn(ThrottledConnection& connection, void (ThrottledConnection::*call)())
        : connection_(connection), call_(call) {}

   private:
    void mayGoOn() override { (connection_.*call_)(); }

    ThrottledConnection& connection_;
    void (ThrottledConnection::*call_)();
  };

  SendResult send(const OutputBuffer& out) override;
  void readingChanged() override;
  void closeWriteSide() override;
  void lost(const Failure& reason) override;

  void mayRead();
  void mayWrite() { writable(); }
  std::size_t deliver(BytesView data);
  void deliverHeld();
  /// What is thrown away counts against the limit, too.
  bool takesInput() const { return !disconnecting() || discardsInput(); }
  bool holdsInput() const { return !held_.empty() || holdsEnd_; }

  std::shared_ptr<Throttle> read_;  // null: as fast as it comes
  std::shared_ptr<Throttle> write_;
  Turn readTurn_{*this, &ThrottledConnection::mayRead};
  Turn writeTurn_{*this, &ThrottledConnection::mayWrite};
  Bytes held_;  // came, and may not be read yet
  std::size_t heldAt_ = 0;
  bool holdsEnd_ = false;  // the end came behind it
};

/// The wire of a ThrottledConnection.
class ThrottledWire final : public LayerWire {
 public:
  ThrottledWire(std::shared_ptr<Protocol> protocol, const ThrottlingOptions& options)
      : LayerWire(std::move(protocol)), options_(options) {}

  Protocol* wrappedProtocol() const override { return protocolAbove(); }
  std::string logPrefix() const override;

 private:
  std::shared_ptr<LayeredTransport> makeLayer(Transport& lower) override;

  ThrottlingOptions options_;
};

}  // namespace plait::detail
