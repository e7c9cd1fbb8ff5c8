#include <plait/policies/timeout_options.hpp>
#include <stdexcept>

namespace plait {

void checkTimeouts(const TimeoutOptions& options) {
  for (const auto& time : {options.idle, options.firstByte, options.readProgress,
                           options.writeProgress, options.lifetime}) {
    if (time && *time <= Duration::zero()) {
      throw std::invalid_argument("a timeout must be longer than nothing");
    }
  }
}

}  // namespace plait
