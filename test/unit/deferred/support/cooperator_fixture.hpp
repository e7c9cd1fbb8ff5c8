#pragma once

#include <gmock/gmock.h>
#include <memory>
#include <plait/deferred/cooperator.hpp>
#include <plait/deferred/defer_later.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "outcome.hpp"

namespace plait::testing {

using namespace std::chrono_literals;

struct CooperatorTest : ::testing::Test {
  /// One step of a slice, then its end.
  static CooperatorOptions stepwise() { return {.slice = 0s}; }
  /// The next slice.
  void turn() { clock.advance(10ns); }
  /// Work that notes its name `steps` times.
  auto noting(std::string name, int steps) {
    return [this, name, steps]() mutable {
      said.push_back(name);
      return --steps > 0;
    };
  }
  auto endless() {
    return [this] {
      ++steps;
      return true;
    };
  }

  Clock clock;
  std::vector<std::string> said;
  int steps = 0;
};

/// The same, for tests of a task.
struct CooperativeTaskTest : CooperatorTest {};

}  // namespace plait::testing
