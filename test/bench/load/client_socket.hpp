#pragma once

#include <cstddef>

#include "load/options.hpp"

namespace bench {

/// A socket connected to the server: blocking, every wait bounded by a few seconds. `serial`, the
/// number of those that came before it, spreads TCP clients over addresses of the loopback network
/// (127/8), so that there are ports enough for ten thousand that stay and for all that come and go.
/// Throws std::runtime_error.
int connectedSocket(const Options& options, std::size_t serial);

}  // namespace bench
