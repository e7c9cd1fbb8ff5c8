#pragma once

#include <functional>
#include <plait/core/address.hpp>
#include <plait/core/throttled_log.hpp>

namespace plait {

/// How the policies that refuse connections know the time: one clock for the reactors of all
/// threads on which they are asked.
using TimeSource = std::function<TimePoint()>;

/// What such a policy needs of the world around it.
struct RefusalOptions {
  Log* log = nullptr;   ///< null = standardLog()
  TimeSource now = {};  ///< none = std::chrono::steady_clock; a test gives its Clock's
};

/// Tells the log of connections that were refused: of many, one a minute, with their number.
///
/// Thread: any.
class Refusals {
 public:
  explicit Refusals(RefusalOptions options);

  TimePoint now() const { return now_(); }
  /// Logs `connection from 192.0.2.1:4711 refused: ` and the reason.
  template <class... Args>
  void tell(const Address& peer, fmt::format_string<Args...> why, Args&&... args) {
    lines_.warn(logger_, now(), "connection from {} refused: {}", peer,
                fmt::format(why, std::forward<Args>(args)...));
  }

 private:
  Logger logger_;
  TimeSource now_;
  ThrottledLog lines_;
};

}  // namespace plait
