#pragma once

#include <plait/core/output_buffer.hpp>
#include <plait/core/stall_detector.hpp>
#include <plait/core/write_budget.hpp>

namespace plait {

/// What the transports of one reactor share. Must outlive them.
struct TransportGroup {
  BlockPool pool;
  WriteBudget budget{pool};
  StallDetector stalls;
};

}  // namespace plait
