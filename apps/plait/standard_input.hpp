#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <plait/core/protocol.hpp>
#include <plait/core/reactor_threads.hpp>
#include <thread>

namespace plait::app {

/// Standard input as a push producer. A thread of its own reads it, as files and terminals cannot
/// all be waited for together with sockets; it reads the next piece when the last one has been
/// taken and the consumer is not full.
class StandardInput final : public PushProducer {
 public:
  /// Called on the reactor's thread. An empty piece is the end.
  using Receiver = UniqueFunction<void(Bytes)>;

  StandardInput(ReactorThreads& reactor, Receiver receiver);
  /// Stops reading, also when nothing comes.
  ~StandardInput() override;

  void pauseProducing() override { paused_ = true; }
  void resumeProducing() override;
  void stopProducing() override {}

 private:
  void readAll();
  /// Waits for input; false when told to stop.
  bool waitForInput() const;
  bool waitForTurn();
  void taken();
  void allowNext();

  ReactorThreads& reactor_;
  Receiver receiver_;
  std::shared_ptr<void> alive_ = std::make_shared<char>();  // calls on their way look whether it is
  bool paused_ = false;                                     // reactor's thread
  int wakeRead_ = -1;
  int wakeWrite_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool mayRead_ = true;  // under mutex_
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace plait::app
