#pragma once

#include <mutex>
#include <optional>
#include <plait/core/delayed_call.hpp>
#include <plait/core/log.hpp>

namespace plait {

/// For lines that strangers can provoke as often as they like: logs the first, then one in a while
/// at most, which says how many were left out.
///
/// Thread: any.
class ThrottledLog {
 public:
  explicit ThrottledLog(Duration between = std::chrono::minutes(1)) : between_(between) {}

  /// Logs a warning, if it is time for one; what is left out costs no formatting. `now` is of one
  /// clock for all lines.
  template <class... Args>
  void warn(const Logger& logger, TimePoint now, fmt::format_string<Args...> text, Args&&... args) {
    const auto leftOut = admit(now);
    if (!leftOut) return;
    logger.warn("{}{}", fmt::format(text, std::forward<Args>(args)...),
                *leftOut == 0 ? "" : fmt::format(" (and {} more since the last line)", *leftOut));
  }

 private:
  /// How many lines were left out since the last; nullopt when this one is, too.
  std::optional<std::size_t> admit(TimePoint now);

  Duration between_;
  std::mutex mutex_;
  std::optional<TimePoint> last_;
  std::size_t leftOut_ = 0;
};

}  // namespace plait
