#pragma once

#include <plait/core/bytes.hpp>
#include <plait/core/protocol.hpp>
#include <plait/deferred/incoming.hpp>

namespace plait {

/// A protocol that is one coroutine: it takes what it receives when it is ready for it, instead of
/// being called. On top of a receiver (lines, netstrings), whose callback it implements; use
/// LineDialogue, NetstringDialogue and their like.
///
///     struct Greeter : plait::LineDialogue {
///       plait::Deferred<void> dialogue() override {
///         sendLine("What's your name?");
///         plait::Bytes name = co_await lines.next();
///         sendLine("Welcome, " + name + "!");
///       }
///     };
///
/// When the coroutine returns, the connection is closed; what it throws is logged and becomes the
/// reason of the loss. While it does not wait for the next message, the connection is not read.
///
/// When the connection is lost, `next` throws the reason; a coroutine that awaits something else
/// has that cancelled, and sees CancelledError. Either may pass: it ends the coroutine without a
/// word in the log. A peer that closes in an orderly way is noticed only when the coroutine reads
/// again, so that work for it is done. The protocol lives until the coroutine has ended.
///
/// `connectionMade` and `connectionLost` are taken: clean up behind a failed `co_await`, or with an
/// object on the coroutine's stack.
///
/// A limit on the wait: `co_await lines.next().addTimeout(5min, reactor)`.
template <class Receiver>
class Dialogue : public Receiver {
 public:
  using Receiver::Receiver;

  void connectionMade() final {
    const Deferred<void> running = maybeDeferred([this] { return dialogue(); });
    running_ = running;
    running.addBoth([this, self = this->shared_from_this()](Result<void> result) {
      running_.reset();
      ended(result);
    });
    incoming_.pauseIfUnwanted();
  }
  /// Another connection may hold this one back, but not make it deliver what nobody waits for.
  void resumeProducing() final {
    if (incoming_.wanted()) Receiver::resumeProducing();
  }
  void connectionLost(const Failure& reason) final {
    lost_ = true;
    const bool told = running_ && incoming_.awaitedBy(*running_);
    incoming_.end(reason);
    if (!told && running_) Deferred<void>(*running_).cancel();
  }

 protected:
  /// What is said on the connection: a coroutine.
  virtual Deferred<void> dialogue() = 0;

  Incoming<Bytes> incoming_{*this};

 private:
  void ended(const Result<void>& result) {
    if (result.success()) {
      this->transport().loseConnection();
    } else if (!lost_ && this->connected()) {  // `drained` tells of the loss before connectionLost
      this->transport().failConnection(result.failure(), "the dialogue");
    } else if (const Failure why = result.failure();
               !wasCancelled(why) && !why.check<ConnectionClosed>()) {
      this->transport().failConnection(why, "the dialogue");  // only logs
    }
  }

  std::optional<Deferred<void>> running_;
  bool lost_ = false;
};

}  // namespace plait
