#include <plait/core/throttled_log.hpp>
#include <utility>

namespace plait {

std::optional<std::size_t> ThrottledLog::admit(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (last_ && now - *last_ < between_) {
    ++leftOut_;
    return std::nullopt;
  }
  last_ = now;
  return std::exchange(leftOut_, 0);
}

}  // namespace plait
