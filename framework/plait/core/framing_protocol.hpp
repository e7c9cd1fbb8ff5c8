#pragma once

#include <plait/core/frame_buffer.hpp>
#include <plait/core/protocol.hpp>

namespace plait {

/// Base of protocols that cut the stream into messages: lines, netstrings, and your own. Subclasses
/// implement `deliverFrames`; pausing, re-entrancy, unfinished messages and stopping when the
/// connection closes are settled here, alike for all.
///
/// It is a push producer, so that another connection can hold it back: pausing it stops delivery at
/// once, in the middle of a chunk if need be, and resuming goes on with what is left of it.
class FramingProtocol : public Protocol, public PushProducer {
 public:
  FramingProtocol();
  ~FramingProtocol() override;

  void dataReceived(BytesView data) final;

  /// Stops delivery and reading. Twisted: `_PauseableMixin`.
  void pauseProducing() override;
  /// Delivers what was left, then reads on.
  void resumeProducing() override;
  /// Loses the connection.
  void stopProducing() override;
  Bytes takeUnread() override { return input_.takeAll(); }

 protected:
  /// Takes messages out of `input()`, each handed to the user inside `deliver`, as long as
  /// `mayDeliver` and there is a whole one:
  ///
  ///     while (mayDeliver() && input().size() >= 2) {
  ///       const BytesView pair = input().take(2);
  ///       deliver([&] { pairReceived(pair); });
  ///     }
  virtual void deliverFrames() = 0;
  /// True while there is input, reading is not paused and the transport is not disconnecting. To
  /// be asked before each message.
  bool mayDeliver() const {
    // Delivering a message may have put another transport in place (TLS).
    return !input_.empty() && !paused_ &&
           (transport().surelyConnected() || !transport().disconnecting());
  }

  FrameBuffer& input() { return input_; }
  /// True while messages are being delivered.
  bool delivering() const { return delivering_; }

  /// Calls the user; views into `input()` stay valid meanwhile, whatever the user does.
  template <class F>
  void deliver(F&& call) {
    const Pin pin(input_);
    call();
  }

 private:
  struct Pin {
    explicit Pin(FrameBuffer& buffer) : buffer(buffer) { buffer.pin(); }
    ~Pin() { buffer.unpin(); }
    FrameBuffer& buffer;
  };

  void deliverAll();

  FrameBuffer input_;
  bool paused_ = false;
  bool delivering_ = false;
};

}  // namespace plait
