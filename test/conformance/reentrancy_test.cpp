#include <plait/deferred/deferred.hpp>

#include "each_callback.hpp"

namespace plait::testing {
namespace {

/// Whatever is called from inside a callback: no other callback comes before it has returned. The
/// ends watch over that.
class Reentrancy : public EachCallbackTest {
 protected:
  /// `action` in each callback, after which the connection works, or ends, as ever.
  void doInEachCallback(const std::function<void(Pair&)>& action) {
    inEachCallback(action, [this](Pair&, Callback) { link->settle(); });
  }
};
INSTANTIATE_TEST_SUITE_P(AllTransports, Reentrancy, ::testing::ValuesIn(allLinks()), kindName);

/// Until then the server can write.
bool maySend(Callback callback) {
  return callback != Callback::writeConnectionLost && callback != Callback::connectionLost &&
         callback != Callback::stopProducing;
}

TEST_P(Reentrancy, WritingInEachCallback) {
  inEachCallback([](Pair& pair) { pair.server.transport->write("from inside"); },
                 [this](Pair& pair, Callback callback) {
                   if (!maySend(callback)) return;
                   runUntil([&] { return pair.client.received.ends_with("from inside"); });
                 });
}

TEST_P(Reentrancy, WritingMuchInEachCallback) {
  doInEachCallback([](Pair& pair) { pair.server.transport->write(pattern(3 * kMegabyte)); });
}

TEST_P(Reentrancy, ClosingInEachCallback) {
  inEachCallback(
      [](Pair& pair) {
        pair.server.transport->write("the end");
        pair.server.transport->loseConnection();
        pair.server.transport->unregisterProducer();
      },
      [this](Pair& pair, Callback callback) {
        runUntilLost(pair.server);
        const bool unheard = callback == Callback::stopProducing && !kind().lingers;
        EXPECT_EQ(pair.server.lossReason(),
                  unheard ? "plait::ConnectionLost" : "plait::ConnectionDone");
        if (!maySend(callback)) return;
        runUntilLost(pair.client);
        EXPECT_TRUE(pair.client.received.ends_with("the end"));
      });
}

TEST_P(Reentrancy, ClosingTheSendingHalfInEachCallback) {
  doInEachCallback([](Pair& pair) { pair.server.transport->loseWriteConnection(); });
}

TEST_P(Reentrancy, PausingAndResumingInEachCallback) {
  inEachCallback(
      [](Pair& pair) {
        pair.server.transport->pauseProducing();
        pair.server.transport->resumeProducing();
      },
      [this](Pair& pair, Callback callback) {
        if (!maySend(callback) || callback == Callback::readConnectionLost) return;
        pair.server.transport->unregisterProducer();
        runUntil([&] { return pair.server.transport->bufferedBytes() == 0; });
        link->settle();
        expectAlive(pair);
      });
}

TEST_P(Reentrancy, ProducersComeAndGoInEachCallback) {
  doInEachCallback([](Pair& pair) {
    Transport& transport = *pair.server.transport;
    transport.unregisterProducer();
    PushScript passing;
    transport.registerProducer(passing);
    transport.write(pattern(200'000));
    transport.unregisterProducer();
    PullScript asked;
    asked.whenResumed = [&] { transport.write("asked"); };
    transport.registerProducer(asked);
    transport.unregisterProducer();
  });
}

TEST_P(Reentrancy, WaitingForTheDrainInEachCallback) {
  int told = 0, asked = 0;
  inEachCallback(
      [&](Pair& pair) {
        ++asked;
        pair.server.transport->write("to be drained");
        pair.server.transport->drained().addBoth([&told](Result<void>) { ++told; });
      },
      [&](Pair&, Callback) { runUntil([&] { return told == asked; }); });
}

TEST_P(Reentrancy, BothEndsActingOnEachOther) {
  int rounds = 0;
  server.whenData = [&](BytesView) {
    client.transport->write("from the other's callback");
    server.transport->write("answer");
  };
  client.whenData = [&](BytesView) {
    if (++rounds < 100) return client.transport->write("again");
    server.transport->loseConnection();
    client.transport->loseConnection();
  };
  connect();
  client.transport->write("start");
  runUntilLost();
  EXPECT_GE(rounds, 100);
}

}  // namespace
}  // namespace plait::testing
