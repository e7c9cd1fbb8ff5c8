#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <plait/deferred/deferred.hpp>
#include <string>

namespace plait::testing {

/// Sees what becomes of a Deferred, and takes it.
template <class T>
class Outcome {
 public:
  explicit Outcome(const Deferred<T>& deferred) {
    deferred.addBoth([seen = seen_](Result<T> result) { seen->emplace(std::move(result)); });
  }

  bool pending() const { return !*seen_; }
  bool succeeded() const { return *seen_ && (*seen_)->success(); }
  /// The value; fails the test when there is none.
  std::add_lvalue_reference_t<T> value() const {
    if (pending()) throw std::logic_error("no result yet");
    return (*seen_)->value();
  }
  /// The error as an E, or null.
  template <class E>
  const E* failure() const {
    return *seen_ && !(*seen_)->success() ? (*seen_)->failure().template check<E>() : nullptr;
  }
  template <class E>
  bool failedWith() const {
    return *seen_ && !(*seen_)->success() && (*seen_)->failure().template check<E>();
  }
  std::string message() const {
    return *seen_ && !(*seen_)->success() ? (*seen_)->failure().getErrorMessage() : "";
  }

 private:
  std::shared_ptr<std::optional<Result<T>>> seen_ = std::make_shared<std::optional<Result<T>>>();
};

template <class D>
Outcome(const D&) -> Outcome<typename D::value_type>;

/// Counts the living copies of what captures it, or has it as a local variable.
class Tracked {
 public:
  Tracked(int& alive) : alive_(&alive) { ++alive; }
  Tracked(const Tracked& other) noexcept : alive_(other.alive_) { ++*alive_; }
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() { --*alive_; }

 private:
  int* alive_;
};

/// Calls `function` when it is destroyed, unless moved from.
template <class F>
class AtEnd {
 public:
  explicit AtEnd(F function) : function_(std::move(function)) {}
  AtEnd(AtEnd&& other) noexcept : function_(std::move(other.function_)) { other.function_.reset(); }
  ~AtEnd() {
    if (function_) (*function_)();
  }

 private:
  std::optional<F> function_;
};

}  // namespace plait::testing
