#pragma once

#include <sys/types.h>

#include <plait/net/detail/unique_descriptor.hpp>

namespace plait::detail {

/// A descriptor that is ready for reading when the child has exited. None where the system knows no
/// such thing (Linux before 5.3).
UniqueDescriptor openPidfd(pid_t child);

}  // namespace plait::detail
