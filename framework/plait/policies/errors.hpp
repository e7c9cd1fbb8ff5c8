#pragma once

#include <chrono>
#include <plait/core/errors.hpp>

namespace plait {

/// Nothing has happened on the connection for as long as its TimeoutMixin allows; it was closed, as
/// cleanly as ever.
struct IdleTimeout : ConnectionDone {
  explicit IdleTimeout(std::chrono::nanoseconds timeout);
};

}  // namespace plait
