#pragma once

#include <plait/core/producer.hpp>

#include "run.hpp"

namespace plait::sim {

/// A push producer that is watched: each pause is followed by exactly one resume or stop, and
/// nothing comes behind a stop. Subclass it, or give it what is to be done.
class ProducerWatch : public PushProducer {
 public:
  ProducerWatch(Run& run, std::string name) : run_(run), name_(std::move(name)) {}

  void pauseProducing() override;
  void resumeProducing() override;
  void stopProducing() override;

  bool paused() const { return paused_; }
  bool stopped() const { return stopped_; }

  /// Called when it was resumed, when it was stopped.
  UniqueFunction<void()> whenResumed;
  UniqueFunction<void()> whenStopped;

 private:
  Run& run_;
  std::string name_;
  bool paused_ = false;
  bool stopped_ = false;
};

}  // namespace plait::sim
