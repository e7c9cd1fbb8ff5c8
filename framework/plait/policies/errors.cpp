#include <fmt/format.h>

#include <plait/policies/errors.hpp>

namespace plait {

IdleTimeout::IdleTimeout(std::chrono::nanoseconds timeout)
    : ConnectionDone(fmt::format("Connection was closed: nothing happened on it for {} s.",
                                 std::chrono::duration<double>(timeout).count())) {}

}  // namespace plait
