#pragma once

namespace plait {

/// A source of data that writes on its own until told to pause, such as a connection that is being
/// read. Register it with the transport it writes to, and it runs at the speed of that
/// transport's peer. Twisted: `IPushProducer`.
///
/// Each `pauseProducing` is followed by exactly one `resumeProducing` or `stopProducing`.
class PushProducer {
 public:
  virtual ~PushProducer() = default;
  /// Stop writing: the consumer has more than its high-water mark.
  virtual void pauseProducing() = 0;
  /// Write again: the consumer is down to its low-water mark.
  virtual void resumeProducing() = 0;
  /// The consumer is gone; nothing it is given matters any more.
  virtual void stopProducing() = 0;
};

/// A source of data that writes once each time it is asked, such as a file.
/// Twisted: `IPullProducer`.
class PullProducer {
 public:
  virtual ~PullProducer() = default;
  /// Write once, or call `unregisterProducer` when there is no more.
  virtual void resumeProducing() = 0;
  /// The consumer is gone.
  virtual void stopProducing() = 0;
};

}  // namespace plait
