#pragma once

#include <memory>
#include <mutex>
#include <plait/core/log.hpp>
#include <vector>

namespace plait::testing {

/// Collects the failures that are logged while it lives, the unhandled errors of Deferreds among
/// them, so that a test can fail because of one. Other observers see them as ever.
///
///     LoggedErrors errors;
///     ...
///     EXPECT_EQ(errors.flush<ConnectionLost>().size(), 1u);  // the one that is meant to be
///     EXPECT_TRUE(errors.empty());
///
/// Thread: any. Twisted: what `trial` does for each test, and `flushLoggedErrors`.
class LoggedErrors {
 public:
  /// `log` must outlive it.
  explicit LoggedErrors(Log& log = standardLog());
  LoggedErrors(const LoggedErrors&) = delete;
  LoggedErrors& operator=(const LoggedErrors&) = delete;
  ~LoggedErrors();

  std::size_t size() const;
  bool empty() const { return size() == 0; }

  /// Takes out those that are one of `Errors`, oldest first; without types, all of them. Twisted:
  /// `flushLoggedErrors`.
  template <class... Errors>
  std::vector<Failure> flush();

 private:
  struct Collected {
    std::mutex mutex;
    std::vector<Failure> failures;
  };
  Log& log_;
  std::shared_ptr<Collected> collected_;  // shared: it may go while an event is being logged
  Log::ObserverID observer_;
};

template <class... Errors>
std::vector<Failure> LoggedErrors::flush() {
  const std::lock_guard lock(collected_->mutex);
  std::vector<Failure> taken, left;
  for (Failure& failure : collected_->failures) {
    const bool wanted = sizeof...(Errors) == 0 || (failure.check<Errors>() || ...);
    (wanted ? taken : left).push_back(std::move(failure));
  }
  collected_->failures = std::move(left);
  return taken;
}

}  // namespace plait::testing
