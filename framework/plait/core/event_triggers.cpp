#include <algorithm>
#include <plait/core/event_triggers.hpp>
#include <stdexcept>

namespace plait {

TriggerID EventTriggers::add(TriggerPhase phase, std::string event, UniqueFunction<void()> call) {
  const auto id = static_cast<TriggerID>(nextID_++);
  events_[std::move(event)].push_back({id, phase, std::move(call)});
  return id;
}

void EventTriggers::remove(TriggerID id) {
  for (auto& [event, triggers] : events_) {
    if (std::erase_if(triggers, [id](const Trigger& t) { return t.id == id; }) > 0) return;
  }
  throw std::invalid_argument("no such trigger: it has run, or was removed");
}

void EventTriggers::fire(const std::string& event, TriggerPhase phase) {
  auto& triggers = events_[event];
  for (;;) {
    auto next = std::find_if(triggers.begin(), triggers.end(),
                             [phase](const Trigger& t) { return t.phase == phase; });
    if (next == triggers.end()) return;
    auto call = std::move(next->call);
    triggers.erase(next);  // before the call: it may add and remove triggers
    try {
      call();
    } catch (...) {
      Logger(log_, "plait.reactor").failure(Failure(), "a trigger of '{}' threw", event);
    }
  }
}

}  // namespace plait
