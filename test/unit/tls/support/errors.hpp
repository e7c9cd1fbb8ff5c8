#pragma once

#include <gtest/gtest.h>

#include <string>

namespace plait::testing {

/// What the `E` says that `call` throws.
template <class E, class Call>
std::string errorOf(Call call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace plait::testing
