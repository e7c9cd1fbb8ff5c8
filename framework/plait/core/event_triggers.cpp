#include <algorithm>
#include <plait/core/event_triggers.hpp>
#include <stdexcept>

namespace plait {

TriggerID EventTriggers::add(TriggerPhase phase, std::string event, EventTrigger trigger) {
  const auto id = static_cast<TriggerID>(nextID_++);
  events_[std::move(event)].push_back({id, phase, std::move(trigger)});
  return id;
}

void EventTriggers::remove(TriggerID id) {
  for (auto& [event, triggers] : events_) {
    if (std::erase_if(triggers, [id](const Trigger& t) { return t.id == id; }) > 0) return;
  }
  throw std::invalid_argument("no such trigger: it has run, or was removed");
}

/// What the holds of one phase share; it ends with the last of them.
class EventTriggers::Phase final : public PhaseHold::Phase {
 public:
  Phase(EventTriggers& triggers, std::string event, UniqueFunction<void()> then)
      : log_(triggers.log_),
        event_(std::move(event)),
        then_(std::move(then)),
        alive_(triggers.alive_) {}
  ~Phase() override {
    if (!then_ || alive_.expired()) return;
    try {
      then_();
    } catch (...) {
      failed(Failure());
    }
  }
  void failed(const Failure& failure) override {
    Log& log = alive_.expired() ? standardLog() : log_;  // its own may be gone as well
    Logger(log, "plait.reactor").failure(failure, "a trigger of '{}' failed", event_);
  }

 private:
  Log& log_;
  std::string event_;
  UniqueFunction<void()> then_;
  std::weak_ptr<bool> alive_;
};

void EventTriggers::fireBefore(const std::string& event, UniqueFunction<void()> then) {
  run(event, TriggerPhase::before, std::make_shared<Phase>(*this, event, std::move(then)));
}

void EventTriggers::fireRest(const std::string& event) {
  const auto nothing = std::make_shared<Phase>(*this, event, nullptr);
  run(event, TriggerPhase::during, nothing);
  run(event, TriggerPhase::after, nothing);
}

void EventTriggers::run(const std::string& event, TriggerPhase phase,
                        const std::shared_ptr<Phase>& hold) {
  auto& triggers = events_[event];
  for (;;) {
    auto next = std::find_if(triggers.begin(), triggers.end(),
                             [phase](const Trigger& t) { return t.phase == phase; });
    if (next == triggers.end()) return;
    auto call = std::move(next->call);
    triggers.erase(next);  // before the call: it may add and remove triggers
    try {
      call(PhaseHold(hold));
    } catch (...) {
      Logger(log_, "plait.reactor").failure(Failure(), "a trigger of '{}' threw", event);
    }
  }
}

}  // namespace plait
