#pragma once

#include <string_view>

namespace plait::detail {

/// The number of the signal with this name: "KILL", "TERM", "HUP", ... (or "SIGKILL").
/// std::invalid_argument when there is none.
int signalNumber(std::string_view name);

}  // namespace plait::detail
