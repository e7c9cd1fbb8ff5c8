#include <thread>

#include "support/net_test.hpp"

#ifndef NDEBUG

namespace plait::testing {
namespace {

constexpr const char* kComplaint = "used from another thread";

/// Runs a reactor and, while it runs, `use` on another thread.
template <class Use>
void useFromAnotherThread(Use use) {
  Reactor reactor(kNoSignals);
  reactor.callLater(0s, [&] {
    std::thread([&] { use(reactor); }).join();
    reactor.stop();
  });
  reactor.run();
}

/// The same, with a connection.
template <class Use>
void useConnectionFromAnotherThread(Use use) {
  Reactor reactor(kNoSignals);
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  server->script.made = [&](Connection& connection) {
    std::thread([&] { use(*connection.transport); }).join();
    reactor.stop();
  };
  RawPeer peer(port->getHost());
  reactor.run();
}

class ThreadRule : public ::testing::Test {
 protected:
  ThreadRule() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using ThreadRuleDeathTest = ThreadRule;

TEST_F(ThreadRuleDeathTest, CallLater) {
  EXPECT_DEATH(useFromAnotherThread([](Reactor& reactor) { reactor.callLater(0s, [] {}); }),
               kComplaint);
}

TEST_F(ThreadRuleDeathTest, Stop) {
  EXPECT_DEATH(useFromAnotherThread([](Reactor& reactor) { reactor.stop(); }), kComplaint);
}

TEST_F(ThreadRuleDeathTest, ListenTCP) {
  EXPECT_DEATH(useFromAnotherThread([](Reactor& reactor) {
                 reactor.listenTCP(0, ScriptedFactory::make(), {.interface = "127.0.0.1"});
               }),
               kComplaint);
}

TEST_F(ThreadRuleDeathTest, ConnectTCP) {
  EXPECT_DEATH(useFromAnotherThread([](Reactor& reactor) {
                 reactor.connectTCP("127.0.0.1", 1, ScriptedFactory::make());
               }),
               kComplaint);
}

TEST_F(ThreadRuleDeathTest, Write) {
  EXPECT_DEATH(useConnectionFromAnotherThread([](Transport& t) { t.write("x"); }), kComplaint);
}

TEST_F(ThreadRuleDeathTest, LoseConnection) {
  EXPECT_DEATH(useConnectionFromAnotherThread([](Transport& t) { t.loseConnection(); }),
               kComplaint);
}

TEST_F(ThreadRuleDeathTest, AbortConnection) {
  EXPECT_DEATH(useConnectionFromAnotherThread([](Transport& t) { t.abortConnection(); }),
               kComplaint);
}

TEST_F(ThreadRuleDeathTest, PauseProducing) {
  EXPECT_DEATH(useConnectionFromAnotherThread([](Transport& t) { t.pauseProducing(); }),
               kComplaint);
}

TEST_F(ThreadRule, CallFromThreadIsAllowed) {
  bool called = false;
  useFromAnotherThread([&](Reactor& reactor) { reactor.callFromThread([&] { called = true; }); });
  EXPECT_TRUE(called);
}

TEST_F(ThreadRule, AnyThreadMayUseAReactorThatDoesNotRun) {
  Reactor reactor(kNoSignals);
  std::thread([&] { reactor.callLater(0s, [&] { reactor.stop(); }); }).join();
  reactor.run();
  std::thread([&] { reactor.callLater(1h, [] {}); }).join();
}

}  // namespace
}  // namespace plait::testing

#endif
