#pragma once

#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <string>
#include <typeinfo>

namespace plait::testing {

/// What has become of a Deferred so far, for tests to look at. Consumes it.
template <class T>
class Outcome {
 public:
  explicit Outcome(const Deferred<T>& deferred) {
    deferred.addBoth([result = result_](Result<T> r) { result->emplace(std::move(r)); });
  }

  bool none() const { return !*result_; }
  bool success() const { return *result_ && (*result_)->success(); }
  decltype(auto) value() const { return result_->value().value(); }
  /// The error as an E, or null.
  template <class E>
  const E* failure() const {
    return *result_ && !(*result_)->success() ? (*result_)->failure().template check<E>() : nullptr;
  }

 private:
  std::shared_ptr<std::optional<Result<T>>> result_ = std::make_shared<std::optional<Result<T>>>();
};
template <class D>
Outcome(const D&) -> Outcome<typename D::value_type>;

}  // namespace plait::testing
