#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <vector>

#include "standard_log_watch.hpp"

namespace plait::testing {

using Pointer = std::unique_ptr<int>;

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken") {}
};

/// Three Deferreds, and what the standard log is told.
struct SeveralSources : ::testing::Test {
  StandardLogWatch log;
  std::vector<Deferred<int>> sources = std::vector<Deferred<int>>(3);
};

}  // namespace plait::testing
