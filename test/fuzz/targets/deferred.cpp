// Deferred beside a model of it that is written for plainness: any calls on some of them, also from
// their functions, and with functions that return others, run the same functions, in the same
// order, with the same results; and the same failures are left unhandled.
//
// Input: calls, see `chosenCall`.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/logged_errors.hpp>
#include <vector>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

struct Boom : Error {
  using Error::Error;
};

struct Call;

/// A function that is added.
struct Script {
  enum class For { value, failure, both } whatFor;
  enum class Leaves { value, failure, deferred } leaves;
  std::size_t number;          // of the value, failure or Deferred that it leaves
  std::string name;            // in the events
  std::shared_ptr<Call> does;  // before that; may be null
};

struct Call {
  enum class Kind { make, callback, errback, cancel, pause, unpause, add } kind;
  std::size_t on;      // which Deferred, counting from the first made
  std::size_t number;  // the value, the failure, or what a canceller does
  Script script;
};

/// Functions that return a Deferred return one that was made before: none waits for itself.
Call chosenCall(Choices& choices, std::size_t made, bool nested = false) {
  Call call{};
  call.kind = made == 0 ? Call::Kind::make : Call::Kind(choices.upTo(6));
  if (nested && call.kind == Call::Kind::make) call.kind = Call::Kind::cancel;
  call.on = made == 0 ? 0 : choices.upTo(made - 1);
  call.number = choices.upTo(4);
  if (call.kind != Call::Kind::add) return call;
  call.script.whatFor = Script::For(choices.upTo(2));
  call.script.leaves = Script::Leaves(choices.upTo(2));
  if (call.on == 0 && call.script.leaves == Script::Leaves::deferred) {
    call.script.leaves = Script::Leaves::value;
  }
  call.script.number = choices.upTo(call.on == 0 ? 9 : call.on - 1);
  if (!nested && choices.flag()) {
    call.script.does = std::make_shared<Call>(chosenCall(choices, made, true));
  }
  return call;
}

enum Canceller : std::size_t { none, idle, gives, fails, throws };

// --- Deferreds -----------------------------------------------------------------------------------

class Real {
 public:
  void make(std::size_t canceller) {
    const std::size_t index = deferreds_.size();
    if (canceller == none) {
      deferreds_.emplace_back();
    } else {
      deferreds_.emplace_back([this, canceller, index](Deferred<int>& self) {
        events.push_back(fmt::format("canceller of {}", index));
        if (canceller == gives) self.callback(7);
        if (canceller == fails) self.errback(Boom("cancelled"));
        if (canceller == throws) throw Boom("stuck");
      });
    }
  }
  void callback(std::size_t on, int value) { deferreds_[on].callback(value); }
  void errback(std::size_t on, const std::string& what) { deferreds_[on].errback(Boom(what)); }
  void cancel(std::size_t on) { deferreds_[on].cancel(); }
  void pause(std::size_t on) { deferreds_[on].pause(); }
  void unpause(std::size_t on) { deferreds_[on].unpause(); }

  void add(std::size_t on, const Script& script) {
    if (script.leaves == Script::Leaves::deferred) {
      addReturning(on, script, [this, script] { return deferreds_[script.number]; });
    } else {
      addReturning(on, script, [script] {
        if (script.leaves == Script::Leaves::failure) throw Boom(std::to_string(script.number));
        return static_cast<int>(script.number);
      });
    }
  }

  std::size_t made() const { return deferreds_.size(); }
  /// How many failures nobody has handled.
  std::size_t end() {
    standardLog().clearObservers();  // nobody wants to read them
    testing::LoggedErrors unhandled;
    deferreds_.clear();
    return unhandled.flush().size();
  }

  Events events;

 private:
  template <class Leave>
  void addReturning(std::size_t on, const Script& script, Leave leave) {
    const auto onValue = [this, script, leave](int value) {
      run(script, std::to_string(value));
      return leave();
    };
    const auto onFailure = [this, script, leave](const Failure& failure) {
      run(script, shown(failure));
      return leave();
    };
    const Deferred<int>& deferred = deferreds_[on];
    if (script.whatFor == Script::For::value) deferred.addCallback(onValue);
    if (script.whatFor == Script::For::failure) deferred.addErrback(onFailure);
    if (script.whatFor == Script::For::both) {
      deferred.addBoth([onValue, onFailure](const Result<int>& result) {
        return result.success() ? onValue(result.value()) : onFailure(result.failure());
      });
    }
  }
  void run(const Script& script, const std::string& result);
  static std::string shown(const Failure& failure) {
    if (failure.check<Boom>()) return "failure " + failure.getErrorMessage();
    if (failure.check<CancelledError>()) return "failure: cancelled";
    return "failure: wrong use";
  }

  std::deque<Deferred<int>> deferreds_;
};

// --- The model -----------------------------------------------------------------------------------

class Model {
 public:
  void make(std::size_t canceller) { nodes_.emplace_back().canceller = canceller; }
  void callback(std::size_t on, int value) { give(on, std::to_string(value)); }
  void errback(std::size_t on, const std::string& what) { give(on, "failure " + what); }
  void pause(std::size_t on) { ++nodes_[on].pauses; }
  void unpause(std::size_t on) {
    if (nodes_[on].pauses == 0) throw std::logic_error("not paused");
    if (--nodes_[on].pauses == 0) run(on);
  }
  void cancel(std::size_t on) {
    while (nodes_[on].called && nodes_[on].waitsFor) on = *nodes_[on].waitsFor;
    Node& node = nodes_[on];
    if (node.called || node.cancelling) return;
    node.cancelling = true;
    if (node.canceller != none) events.push_back(fmt::format("canceller of {}", on));
    if (node.canceller == gives) return callback(on, 7);
    if (node.canceller == fails) return errback(on, "cancelled");
    if (node.canceller == throws) return errback(on, "stuck");
    node.ignoresNext = node.canceller == none;
    give(on, "failure: cancelled");
  }
  void add(std::size_t on, const Script& script) {
    Node& node = nodes_[on];
    if (node.passedOn) throw std::logic_error("another one has its result");
    node.links.push_back({script, std::nullopt});
    run(on);
  }

  std::size_t end() const {
    std::size_t unhandled = 0;
    for (const Node& node : nodes_) unhandled += node.result && failed(*node.result);
    return unhandled;
  }

  Events events;

 private:
  struct Link {
    Script script;
    std::optional<std::size_t> follower;  // in place of a script: takes the result
  };
  struct Node {
    std::size_t canceller = none;
    bool called = false, running = false, passedOn = false;
    bool cancelling = false, ignoresNext = false;
    int pauses = 0;
    std::optional<std::string> result;
    std::optional<std::size_t> waitsFor;
    std::deque<Link> links;

    bool ready() const { return result && pauses == 0; }
  };
  static bool failed(const std::string& result) { return result.starts_with("failure"); }

  void give(std::size_t on, std::string result) {
    Node& node = nodes_[on];
    if (node.called) {
      if (std::exchange(node.ignoresNext, false)) return;
      throw AlreadyCalledError("twice");
    }
    node.called = true;
    node.result = std::move(result);
    run(on);
  }
  void run(std::size_t on) {
    Node& node = nodes_[on];
    if (node.running) return;
    while (node.ready() && !node.links.empty()) {
      node.running = true;
      const Link link = node.links.front();
      node.links.pop_front();
      if (link.follower) {
        pass(on, *link.follower);
        nodes_[*link.follower].waitsFor.reset();
      } else {
        run(on, link.script);
      }
      node.running = node.ready() && !node.links.empty();
      if (link.follower) run(*link.follower);
      node.running = false;
    }
  }
  void run(std::size_t on, const Script& script);
  void pass(std::size_t from, std::size_t to) {
    nodes_[to].result = std::exchange(nodes_[from].result, "nothing");
  }
  void follow(std::size_t follower, std::size_t followed) {
    Node& node = nodes_[followed];
    if (node.passedOn) {
      nodes_[follower].result = "failure: wrong use";
      return;
    }
    node.passedOn = true;
    if (node.ready() && node.links.empty() && !node.running) return pass(followed, follower);
    node.links.push_back({{}, follower});
    nodes_[follower].waitsFor = followed;
    nodes_[follower].result.reset();
  }

  std::deque<Node> nodes_;
};

// --- Both ----------------------------------------------------------------------------------------

template <class World>
void apply(World& world, const Call& call) {
  try {
    switch (call.kind) {
      case Call::Kind::make:
        return world.make(call.number);
      case Call::Kind::callback:
        return world.callback(call.on, static_cast<int>(call.number));
      case Call::Kind::errback:
        return world.errback(call.on, std::to_string(call.number));
      case Call::Kind::cancel:
        return world.cancel(call.on);
      case Call::Kind::pause:
        return world.pause(call.on);
      case Call::Kind::unpause:
        return world.unpause(call.on);
      case Call::Kind::add:
        return world.add(call.on, call.script);
    }
  } catch (const AlreadyCalledError&) {
    world.events.push_back("called already");
  } catch (const std::logic_error&) {
    world.events.push_back("wrong use");
  }
}

void Real::run(const Script& script, const std::string& result) {
  events.push_back(script.name + " is given " + result);
  if (script.does) apply(*this, *script.does);
}

void Model::run(std::size_t on, const Script& script) {
  Node& node = nodes_[on];
  if (script.whatFor == Script::For::value && failed(*node.result)) return;
  if (script.whatFor == Script::For::failure && !failed(*node.result)) return;
  events.push_back(script.name + " is given " + std::exchange(*node.result, "nothing"));
  if (script.does) apply(*this, *script.does);
  const std::string number = std::to_string(script.number);
  if (script.leaves == Script::Leaves::deferred) return follow(on, script.number);
  node.result = script.leaves == Script::Leaves::value ? number : "failure " + number;
}

void tryDeferreds(BytesView input) {
  Choices choices(input);
  Real real;
  Model model;
  for (std::size_t number = 0; !choices.empty(); ++number) {
    Call call = chosenCall(choices, real.made());
    call.script.name = fmt::format("function {} of {}", number, call.on);
    if (call.script.does) call.script.does->script.name = call.script.name + "'s";
    apply(real, call);
    apply(model, call);
    checkEqual(real.events, model.events, fmt::format("after call {}", number));
  }
  const std::size_t unhandled = model.end();
  check(real.end() == unhandled, "how many failures are unhandled");
}

const Target target("deferred", tryDeferreds);

}  // namespace
}  // namespace plait::fuzz
