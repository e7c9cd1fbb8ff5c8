#pragma once

namespace plait::testing {

/// True when OpenSSL's own allocations fail with FailingAllocation, too: whoever links this has
/// them so, from before main on.
bool opensslAllocationsFail();

}  // namespace plait::testing
