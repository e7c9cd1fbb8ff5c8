#pragma once

#include <plait/net/detail/unique_descriptor.hpp>

namespace plait::detail {

/// The two sides of a new pseudo-terminal: `terminal` is what a program takes for a terminal,
/// `master` what is behind it.
struct PseudoTerminal {
  /// std::system_error when the system has none.
  PseudoTerminal();

  UniqueDescriptor master;
  UniqueDescriptor terminal;
};

}  // namespace plait::detail
