#include "each_callback.hpp"

namespace plait::testing {

std::string toString(Callback callback) {
  constexpr const char* kNames[] = {
      "connectionMade",     "dataReceived",
      "readConnectionLost", "writeConnectionLost",
      "connectionLost",     "pauseProducing",
      "resumeProducing",    "resumeProducing of a pull producer",
      "stopProducing",
  };
  return kNames[static_cast<int>(callback)];
}

void EachCallbackTest::script(Callback callback, Pair& pair, std::function<void()> act) {
  switch (callback) {
    case Callback::connectionMade:
      pair.server.whenMade = act;
      break;
    case Callback::dataReceived:
      pair.server.whenData = [act](BytesView) { act(); };
      break;
    case Callback::readConnectionLost:
      pair.server.halfCloseable = pair.client.halfCloseable = true;
      pair.server.whenReadLost = act;
      break;
    case Callback::writeConnectionLost:
      pair.server.halfCloseable = pair.client.halfCloseable = true;
      pair.server.whenWriteLost = act;
      break;
    case Callback::connectionLost:
      pair.server.whenLost = act;
      break;
    case Callback::pauseProducing:
      pair.push.whenPaused = act;
      break;
    case Callback::resumeProducing:
      pair.push.whenResumed = act;
      break;
    case Callback::pullResumeProducing:
      // The first one comes from inside of registerProducer, and is the caller's affair.
      pair.pull.whenResumed = [&pair, act] {
        if (pair.pull.resumed == 1) return pair.server.transport->write("first");
        act();
      };
      break;
    case Callback::stopProducing:
      pair.push.whenStopped = act;
      break;
  }
}

void EachCallbackTest::cause(Callback callback, Pair& pair) {
  switch (callback) {
    case Callback::connectionMade:
      break;
    case Callback::dataReceived:
      pair.client.transport->write("data");
      break;
    case Callback::readConnectionLost:
      pair.client.transport->loseWriteConnection();
      break;
    case Callback::writeConnectionLost:
      pair.server.transport->loseWriteConnection();
      break;
    case Callback::connectionLost:
      pair.client.transport->loseConnection();
      break;
    case Callback::pauseProducing:
    case Callback::resumeProducing:
      pair.server.transport->registerProducer(pair.push);
      pair.server.transport->write(pattern(100'000));
      break;
    case Callback::pullResumeProducing:
      pair.server.transport->registerProducer(pair.pull);
      break;
    case Callback::stopProducing:
      pair.server.transport->registerProducer(pair.push);
      pair.client.transport->loseConnection();
      break;
  }
}

void EachCallbackTest::causeCallback(Callback callback, Pair& pair, std::function<void()> action) {
  auto acted = std::make_shared<bool>(false);
  script(callback, pair, [acted, action = std::move(action)] {
    if (!std::exchange(*acted, true)) action();
  });
  connect(pair);
  cause(callback, pair);
  runUntil([&] { return *acted; });
}

void EachCallbackTest::inEachCallback(const std::function<void(Pair&)>& action,
                                      const std::function<void(Pair&, Callback)>& check) {
  for (Callback callback : kCallbacks) {
    SCOPED_TRACE("in " + toString(callback));
    Pair& pair = another();
    causeCallback(callback, pair, [&] { action(pair); });
    check(pair, callback);
    for (End* end : {&pair.server, &pair.client}) {
      if (!end->made) continue;
      end->transport->unregisterProducer();
      end->transport->loseConnection();
      runUntilLost(*end);
    }
    if (HasFailure()) return;
  }
}

}  // namespace plait::testing
