#pragma once

#include "options.hpp"

namespace plait::app {

/// Serves until a signal. Throws CannotListenError when one of the endpoints cannot be opened; then
/// none serves.
void serve(const Options& options);
/// Serves five services on loopback ports and says on stderr how to try them.
void demo(const Options& options);

}  // namespace plait::app
