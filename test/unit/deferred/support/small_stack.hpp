#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>
#include <functional>

namespace plait::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kVeryMany = 1'000'000;
inline constexpr int kVeryDeep = 200'000;
#else
inline constexpr int kVeryMany = 10'000'000;
inline constexpr int kVeryDeep = 1'000'000;  // ten million pass too, in some seconds and gigabytes
#endif

/// Calls `function` in a thread with a stack so small that no recursion over many survives.
inline void runWithSmallStack(std::function<void()> function) {
  constexpr std::size_t kStackSize = 256 * 1024;
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStackSize), 0);
  pthread_t thread;
  const auto body = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, &function), 0);
  pthread_attr_destroy(&attributes);
  pthread_join(thread, nullptr);
}

}  // namespace plait::testing
