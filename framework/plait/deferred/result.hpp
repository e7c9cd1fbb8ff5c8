#pragma once

#include <memory>
#include <new>
#include <plait/core/failure.hpp>
#include <type_traits>
#include <utility>

namespace plait {

/// What became of something: a value, or the Failure it ended with. What `addBoth` gives its
/// function, and what DeferredList collects. A function may return one as well.
///
///     deferred.addBoth([](plait::Result<int> result) {
///       if (result.success()) use(result.value()); else complain(result.failure());
///     });
template <class T>
class Result {
 public:
  Result(const T& value) : success_(true), value_(value) {}
  Result(T&& value) : success_(true), value_(std::move(value)) {}
  Result(Failure failure) : success_(false), failure_(std::move(failure)) {}

  Result(const Result& other) requires(std::is_copy_constructible_v<T>) : success_(other.success_) {
    if (success_) {
      std::construct_at(&value_, other.value_);
    } else {
      std::construct_at(&failure_, other.failure_);
    }
  }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
      : success_(other.success_) {
    if (success_) {
      std::construct_at(&value_, std::move(other.value_));
    } else {
      std::construct_at(&failure_, other.failure_);
    }
  }
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    destroy();
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      std::construct_at(this, std::move(other));
    } else {
      try {
        std::construct_at(this, std::move(other));
      } catch (...) {  // there must be something to destroy
        std::construct_at(this, Failure());
        throw;
      }
    }
    return *this;
  }
  ~Result() { destroy(); }

  bool success() const noexcept { return success_; }
  explicit operator bool() const noexcept { return success_; }

  /// The value; when there is none, throws what it failed with.
  T& value() & {
    check();
    return value_;
  }
  const T& value() const& {
    check();
    return value_;
  }
  T&& value() && {
    check();
    return std::move(value_);
  }
  /// Why it failed. Only when it did.
  const Failure& failure() const noexcept { return failure_; }

 private:
  void check() const {
    if (!success_) failure_.raiseException();
  }
  void destroy() noexcept {
    if (success_) {
      std::destroy_at(&value_);
    } else {
      std::destroy_at(&failure_);
    }
  }

  bool success_;
  union {
    T value_;
    Failure failure_;
  };
};

/// Done, or failed.
template <>
class Result<void> {
 public:
  Result() = default;
  Result(Failure failure) : success_(false), failure_(failure.exception()) {}

  bool success() const noexcept { return success_; }
  explicit operator bool() const noexcept { return success_; }
  /// Throws what it failed with, if it did.
  void value() const {
    if (!success_) std::rethrow_exception(failure_);
  }
  /// Why it failed. Only when it did.
  Failure failure() const { return Failure(failure_); }

 private:
  bool success_ = true;
  std::exception_ptr failure_;
};

}  // namespace plait
