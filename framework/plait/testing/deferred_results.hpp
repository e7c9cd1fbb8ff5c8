#pragma once

#include <optional>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>

/// What has become of a Deferred, asked for by a test. Each of these looks at what is there now and
/// waits for nothing: when it is not what the test wants, they throw std::logic_error, and leave a
/// Deferred without result as it was. Twisted: the methods of `trial`'s TestCase of these names.
namespace plait::testing {

namespace detail {

/// Takes the result out.
template <class T>
Result<T> resultOf(const Deferred<T>& deferred, const char* who) {
  if (!deferred.chain().idle()) {
    throw std::logic_error(std::string(who) + ": the Deferred has no result yet");
  }
  std::optional<Result<T>> result;
  deferred.addBoth([&result](Result<T> r) { result.emplace(std::move(r)); });
  return std::move(*result);
}

inline std::string describe(const Failure& failure) {
  return failure.typeName() + ": " + failure.getErrorMessage();
}

}  // namespace detail

/// The value, moved out; void is left. Throws when there is no result yet, or a failure, with that
/// one's text. Twisted: `successResultOf`.
///
///     EXPECT_EQ(successResultOf(client.fetch("a key")), "its value");
template <class T>
T successResultOf(const Deferred<T>& deferred) {
  Result<T> result = detail::resultOf(deferred, "successResultOf");
  if (!result.success()) {
    throw std::logic_error("successResultOf: the Deferred has failed with " +
                           detail::describe(result.failure()));
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// The failure, taken out: nobody else is told of it. Throws when there is no result yet, or a
/// value, or when types are given and the error is none of them. Twisted: `failureResultOf`.
///
///     failureResultOf<plait::TimeoutError>(client.fetch("a key"));
template <class... Errors, class T>
Failure failureResultOf(const Deferred<T>& deferred) {
  const Result<T> result = detail::resultOf(deferred, "failureResultOf");
  if (result.success()) {
    throw std::logic_error("failureResultOf: the Deferred has a value, not a failure");
  }
  Failure failure = result.failure();
  if (sizeof...(Errors) > 0 && !(failure.check<Errors>() || ...)) {
    throw std::logic_error("failureResultOf: the Deferred has failed with another error, " +
                           detail::describe(failure));
  }
  return failure;
}

/// Throws when there is a result already. A failure is then taken out, for it has been told; a
/// value stays. Without one, what comes later reaches whoever is added. Twisted: `assertNoResult`.
template <class T>
void assertNoResult(const Deferred<T>& deferred) {
  if (!deferred.chain().idle()) return;
  if (!deferred.chain().failed()) {
    throw std::logic_error("assertNoResult: the Deferred has a value");
  }
  throw std::logic_error("assertNoResult: the Deferred has failed with " +
                         detail::describe(failureResultOf(deferred)));
}

}  // namespace plait::testing
