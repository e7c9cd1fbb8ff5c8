#pragma once

#include <gtest/gtest.h>

#include <plait/net/asio.hpp>
#include <plait/net/reactor.hpp>

namespace plait::testing {

/// How long a test waits for what must come before it fails.
constexpr auto kPatience = std::chrono::seconds(20);

inline constexpr ReactorOptions kNoSignals{.installSignalHandlers = false};

/// Runs the reactor's context, handler by handler, until `condition()` holds. Between handlers, and
/// every millisecond while there are none, the condition is looked at, so that it may also be about
/// what happens outside of the reactor: a raw socket, another thread. False (and a failed test)
/// when it never comes to hold.
///
/// The reactor must have been started with `startRunning()` for callWhenRunning and stop to work;
/// its sockets and timers do without.
template <class Condition>
bool runUntil(Reactor& reactor, Condition condition) {
  auto& context = ioContext(reactor);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "what the test waits for has not come";
      return false;
    }
    if (context.stopped()) context.restart();
    context.run_one_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Runs what is ready, and what that makes ready, and so on, until nothing is: for showing that
/// something does not happen. What comes over a socket may come later; send something behind it and
/// wait for that first.
inline void runWhatIsReady(Reactor& reactor) {
  auto& context = ioContext(reactor);
  if (context.stopped()) context.restart();
  while (context.poll() > 0) {
  }
}

}  // namespace plait::testing
