#pragma once

#include "options.hpp"

namespace plait::app {

/// Joins standard input and output with a connection, until the peer closes. Throws the reason when
/// the connection failed or was lost.
void connect(const Options& options);

}  // namespace plait::app
