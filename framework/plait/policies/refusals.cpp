#include <plait/policies/refusals.hpp>

namespace plait {

Refusals::Refusals(RefusalOptions options)
    : logger_(options.log ? *options.log : standardLog(), "plait.policies"),
      now_(options.now ? std::move(options.now) : TimeSource(&std::chrono::steady_clock::now)) {}

}  // namespace plait
