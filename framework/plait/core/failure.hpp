#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace plait {

/// An error as a value: why a connection ended, why a connect failed. Twisted: `Failure`.
///
/// Holds any exception, from plait, the standard library or the user. Copies share it, so passing
/// one around costs a reference count. Testing for a type does not throw:
///
///     void connectionLost(const plait::Failure& reason) override {
///       if (!reason.check<plait::ConnectionDone>()) complain(reason.getErrorMessage());
///     }
class Failure {
 public:
  /// The exception being handled now (use inside `catch`). Outside of one: std::logic_error.
  Failure();

  /// Wraps an exception object.
  template <class E>
  requires(!std::is_same_v<std::remove_cvref_t<E>, Failure> &&
           !std::is_same_v<std::remove_cvref_t<E>,
                           std::exception_ptr>) explicit(!std::is_base_of_v<std::exception,
                                                                            std::remove_cvref_t<E>>)
      Failure(E&& error)
      : Failure(std::make_exception_ptr(std::forward<E>(error))) {}

  /// Wraps what was caught. Null is std::invalid_argument.
  explicit Failure(std::exception_ptr error);

  /// The error as an `E`, or null when it is something else. Base classes match too.
  template <class E>
  const E* check() const noexcept;

  /// Returns when the error is one of `Es`; rethrows it when it is none of them.
  template <class... Es>
  void trap() const {
    if (!(check<Es>() || ...)) raiseException();
  }

  /// What the error says (`what()`); its type's name when it is no std::exception.
  std::string getErrorMessage() const;
  /// The name of the error's class, such as "plait::ConnectionDone".
  std::string typeName() const;

  [[noreturn]] void raiseException() const { std::rethrow_exception(error_); }
  const std::exception_ptr& exception() const noexcept { return error_; }

 private:
  std::exception_ptr error_;
  const std::exception* value_ = nullptr;  // into error_; null for what is no std::exception
};

/// The reason of a clean close, made once and shared: the commonest Failure costs nothing.
const Failure& connectionDone();

template <class E>
const E* Failure::check() const noexcept {
  if constexpr (std::is_base_of_v<std::exception, E>) {
    return dynamic_cast<const E*>(value_);
  } else {
    if (value_ && !std::is_polymorphic_v<E>) return nullptr;
    try {
      std::rethrow_exception(error_);
    } catch (const E& e) {
      return &e;  // the exception lives in error_: rethrowing does not copy it
    } catch (...) {
      return nullptr;
    }
  }
}

/// A type's name as one writes it in C++.
std::string readableName(const std::type_info& type);

}  // namespace plait
