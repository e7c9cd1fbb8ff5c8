#pragma once

#include "options.hpp"

namespace plait::app {

/// Serves until a signal. Throws UsageError when an endpoint string is wrong, and why an endpoint
/// cannot be opened; then none serves.
void serve(const Options& options);
/// The same for `forward`: each connection is joined with one to `options.to`.
void forward(const Options& options);
/// Serves five services on loopback ports and says on stderr how to try them.
void demo(const Options& options);

}  // namespace plait::app
