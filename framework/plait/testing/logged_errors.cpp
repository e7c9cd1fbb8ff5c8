#include <plait/testing/logged_errors.hpp>

namespace plait::testing {

LoggedErrors::LoggedErrors(Log& log)
    : log_(log),
      collected_(std::make_shared<Collected>()),
      observer_(log.addObserver([collected = collected_](const LogEvent& event) {
        if (!event.failure) return;
        const std::lock_guard lock(collected->mutex);
        collected->failures.push_back(*event.failure);
      })) {}

LoggedErrors::~LoggedErrors() {
  log_.removeObserver(observer_);
}

std::size_t LoggedErrors::size() const {
  const std::lock_guard lock(collected_->mutex);
  return collected_->failures.size();
}

}  // namespace plait::testing
