#pragma once

#include "conformance_test.hpp"

namespace plait::testing {

/// Everything of a user's that a transport calls.
enum class Callback {
  connectionMade,
  dataReceived,
  readConnectionLost,
  writeConnectionLost,
  connectionLost,
  pauseProducing,
  resumeProducing,
  pullResumeProducing,
  stopProducing,
};

inline constexpr Callback kCallbacks[] = {
    Callback::connectionMade,      Callback::dataReceived,        Callback::readConnectionLost,
    Callback::writeConnectionLost, Callback::connectionLost,      Callback::pauseProducing,
    Callback::resumeProducing,     Callback::pullResumeProducing, Callback::stopProducing,
};

std::string toString(Callback callback);

/// A scenario that is played in each callback of a server end.
class EachCallbackTest : public ConformanceTest {
 protected:
  /// Makes one more connection, and causes the `callback` of its server end; inside, once, it does
  /// `action`.
  void causeCallback(Callback callback, Pair& pair, std::function<void()> action);

  /// For each callback a connection: `action(pair)` inside of it, then `check(pair, callback)`;
  /// what is still open then is closed.
  void inEachCallback(const std::function<void(Pair&)>& action,
                      const std::function<void(Pair&, Callback)>& check);

 private:
  void script(Callback callback, Pair& pair, std::function<void()> act);
  void cause(Callback callback, Pair& pair);
};

}  // namespace plait::testing
