#pragma once

#include <plait/policies/wrapping_factory.hpp>

#include "links.hpp"

namespace plait::testing {

/// Two policies that do nothing, one in the other, over whatever there is.
inline Wrapping policyWrapping() {
  const auto twice = [](std::shared_ptr<Factory> factory) {
    return std::make_shared<WrappingFactory>(std::make_shared<WrappingFactory>(std::move(factory)));
  };
  return {.server = twice, .client = twice};
}

}  // namespace plait::testing
