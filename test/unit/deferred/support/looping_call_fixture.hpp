#pragma once

#include <gmock/gmock.h>
#include <plait/deferred/defer_later.hpp>
#include <plait/deferred/looping_call.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "outcome.hpp"

namespace plait::testing {

using namespace std::chrono_literals;

struct LoopingCallTest : ::testing::Test {
  void note() { calls.push_back(clock.seconds()); }

  Clock clock;
  std::vector<double> calls;
};

}  // namespace plait::testing
