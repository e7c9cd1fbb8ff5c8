#include <latch>
#include <plait/net/pool_channel.hpp>

#include "support/pool_test.hpp"

namespace plait::testing {
namespace {

class ReactorPoolRaces : public PoolTest {};

TEST_F(ReactorPoolRaces, AConnectionHandedOverBeforeTheReactorHasItsFactoryIsServed) {
  ReactorPool pool(options(2, Spread::roundRobin));
  const auto port = listen(pool);
  pool.start();
  PoolPeer first(port->getHost());
  EXPECT_EQ(first.line(), "0");
  std::latch blocked(1);
  std::latch release(1);
  pool.callFromThread(1, [&] {
    blocked.count_down();
    release.wait();
  });
  blocked.wait();
  PoolPeer second(port->getHost());  // for reactor 1, which is busy
  PoolPeer third(port->getHost());
  EXPECT_EQ(third.line(), "0");
  const auto other = on(pool, 0, [&] {
    return pool.listenTCP(0, [&](Reactor&, std::size_t) { return tellers(pool); },
                          {.interface = "127.0.0.1"});
  });
  PoolPeer fourth(other->getHost());
  EXPECT_EQ(fourth.line(), "0");
  PoolPeer fifth(other->getHost());  // for reactor 1 again
  PoolPeer sixth(other->getHost());
  EXPECT_EQ(sixth.line(), "0");
  release.count_down();
  EXPECT_EQ(second.line(), "1");
  EXPECT_EQ(fifth.line(), "1");
  stopAndJoin(pool);
}

TEST_F(ReactorPoolRaces, AChannelMayGoWhenThePoolHasStopped) {
  ReactorPool pool(options(2));
  auto channel = std::make_unique<PoolChannel<int>>(
      pool, [](std::size_t, auto) { FAIL() << "what the last run has left"; });
  std::atomic<bool> oneEnded = false;
  pool.reactor(1).addSystemEventTrigger(TriggerPhase::after, "shutdown", [&] { oneEnded = true; });
  pool.start();
  on(pool, 0, [&] {
    pool.reactor(0).addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
      cameTrue([&] { return oneEnded.load(); });
      channel->send(1);
      channel->flush();
    });
  });
  stopAndJoin(pool);
  channel.reset();
  pool.callWhenRunning([&] { pool.callFromThread(1, [&] { pool.stop(); }); });
  pool.run();
}

/// Connects again when it could not.
struct Insistent final : ClientFactory {
  Insistent(ReactorPool& pool, std::uint16_t port) : pool(pool), port(port) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<Protocol>();
  }
  void clientConnectionFailed(Connector&, const Failure&) override {
    if (++failures > 1) return;
    pool.connectTCP("127.0.0.1", port, std::static_pointer_cast<ClientFactory>(shared_from_this()));
  }

  ReactorPool& pool;
  const std::uint16_t port;
  int failures = 0;
};

TEST_F(ReactorPoolRaces, DestroyedItBearsThoseWhoConnectAgain) {
  RawListener server;
  ReactorPool pool(options(2));
  const auto client = std::make_shared<Insistent>(pool, server.port());
  pool.connectTCP("127.0.0.1", server.port(), client);
}

TEST_F(ReactorPoolRaces, CurrentIsTheOuterPoolsAgainBehindAnInnerOne) {
  ReactorPool outer(options(2));
  outer.start();
  on(outer, 1, [&] {
    ReactorPool inner(options(1));
    inner.callWhenRunning([&] { inner.stop(); });
    inner.run();
    EXPECT_EQ(outer.current(), 1u);
  });
  stopAndJoin(outer);
}

TEST_F(ReactorPoolRaces, ListeningWhileItStopsThrows) {
  for (const std::size_t size : {1, 2}) {
    ReactorPool pool(options(size));
    int refused = 0;
    pool.callWhenRunning([&] { pool.stop(); });
    pool.reactor(0).addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
      try {
        listen(pool);
      } catch (const CannotListenError&) {
        ++refused;
      }
    });
    pool.run();
    EXPECT_EQ(refused, 1) << size;
  }
}

TEST_F(ReactorPoolRaces, StoppingToListenAgainAndAgainTellsOnlyTheCaller) {
  ReactorPool pool(options(3));
  pool.start();
  for (int i = 0; i < 100; ++i) {
    std::atomic<bool> stopped = false;
    on(pool, 0, [&] { listen(pool)->stopListening().addCallback([&] { stopped = true; }); });
    EXPECT_TRUE(cameTrue([&] { return stopped.load(); }));
  }
  stopAndJoin(pool);
}

}  // namespace
}  // namespace plait::testing
