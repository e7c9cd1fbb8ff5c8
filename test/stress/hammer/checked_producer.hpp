#pragma once

#include <functional>
#include <plait/core/producer.hpp>

#include "end.hpp"

namespace plait::stress {

/// A producer, of either kind, that checks what it is told: each pause is followed by exactly one
/// resume or stop, and after the stop, or after it was unregistered, comes nothing.
class CheckedProducer {
 public:
  explicit CheckedProducer(End& end) : end_(end) {}
  virtual ~CheckedProducer() = default;

  virtual void registerWith(Transport& transport) = 0;
  /// It was unregistered by those whom it belongs to.
  void unregistered() { registered_ = false; }
  bool registered() const { return registered_; }
  bool paused() const { return paused_; }

  /// What it does when it is to write.
  std::function<void()> produce;

 protected:
  void told(const char* what) {
    ++end_.verdict.callbacks;
    end_.verdict.expect(registered_, "{}: {}, but not registered", end_.name(), what);
    end_.verdict.expect(end_.timesLost == 0 || registering_, "{}: {} after the loss", end_.name(),
                        what);
  }
  End& end_;
  bool registered_ = false;
  bool paused_ = false;
  bool registering_ = false;  // on a lost connection, it is stopped at once
};

class CheckedPush final : public CheckedProducer, public PushProducer {
 public:
  using CheckedProducer::CheckedProducer;

  void registerWith(Transport& transport) override {
    registered_ = registering_ = true;
    transport.registerProducer(static_cast<PushProducer&>(*this));
    registering_ = false;
  }
  void pauseProducing() override {
    told("pauseProducing");
    end_.verdict.expect(!paused_, "{}: paused twice", end_.name());
    paused_ = true;
  }
  void resumeProducing() override {
    told("resumeProducing");
    end_.verdict.expect(paused_, "{}: resumed, but not paused", end_.name());
    paused_ = false;
    if (produce) produce();
  }
  void stopProducing() override {
    told("stopProducing");
    registered_ = false;
  }
};

class CheckedPull final : public CheckedProducer, public PullProducer {
 public:
  using CheckedProducer::CheckedProducer;

  void registerWith(Transport& transport) override {
    registered_ = registering_ = true;
    try {
      transport.registerProducer(static_cast<PullProducer&>(*this));
    } catch (...) {
      registered_ = registering_ = false;
      throw;
    }
    registering_ = false;
  }
  void resumeProducing() override {
    told("resumeProducing");
    if (produce) produce();
  }
  void stopProducing() override {
    told("stopProducing");
    registered_ = false;
  }
};

}  // namespace plait::stress
