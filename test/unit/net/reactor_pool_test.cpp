#include <sched.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <latch>
#include <plait/deferred/deferred.hpp>
#include <set>

#include "support/pool_test.hpp"

/// The life of a pool: threads, starting, stopping, failing.
namespace plait::testing {
namespace {

class ReactorPoolLife : public PoolTest {};

TEST_F(ReactorPoolLife, HasAReactorForEachCoreThatMayBeUsed) {
  cpu_set_t cores;
  ASSERT_EQ(::sched_getaffinity(0, sizeof cores, &cores), 0);
  EXPECT_EQ(ReactorPool(options(0)).size(), static_cast<std::size_t>(CPU_COUNT(&cores)));
  EXPECT_EQ(ReactorPool(options(3)).size(), 3u);
}

TEST_F(ReactorPoolLife, RunsEachReactorOnAThreadOfItsOwn) {
  ReactorPool pool(options(3));
  EXPECT_EQ(pool.current(), std::nullopt);
  pool.start();
  std::set<std::thread::id> threads;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(on(pool, i, [&] { return pool.current(); }), i);
    threads.insert(on(pool, i, [] { return std::this_thread::get_id(); }));
  }
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0u);
  EXPECT_EQ(pool.current(), std::nullopt);
  stopAndJoin(pool);
}

TEST_F(ReactorPoolLife, RunsTheFirstReactorOnTheThreadThatRunsIt) {
  ReactorPool pool(options(2));
  std::thread::id first, second;
  pool.callWhenRunning([&] {
    first = std::this_thread::get_id();
    second = on(pool, 1, [] { return std::this_thread::get_id(); });
    pool.stop();
  });
  pool.run();
  EXPECT_EQ(first, std::this_thread::get_id());
  EXPECT_NE(first, second);
}

TEST_F(ReactorPoolLife, KnowsThatAThreadIsNotOfThisPool) {
  ReactorPool one(options(1)), other(options(1));
  one.start();
  EXPECT_EQ(on(one, 0, [&] { return other.current(); }), std::nullopt);
  stopAndJoin(one);
}

TEST_F(ReactorPoolLife, StartsUpWhenAllReactorsRun) {
  ReactorPool pool(options(4));
  std::atomic<int> running = 0;
  for (std::size_t i = 0; i < 4; ++i) pool.reactor(i).callWhenRunning([&] { ++running; });
  int seen = 0;
  bool before = true;
  EXPECT_FALSE(pool.running());
  pool.callWhenRunning([&] {
    seen = running;
    before = pool.running();
    pool.stop();
  });
  pool.run();
  EXPECT_EQ(seen, 4);
  EXPECT_TRUE(before);
  EXPECT_FALSE(pool.running());
}

TEST_F(ReactorPoolLife, CallsToOneReactorKeepTheirOrder) {
  ReactorPool pool(options(2));
  std::vector<int> seen;
  for (int i = 0; i < 1000; ++i) pool.callFromThread(1, [&, i] { seen.push_back(i); });
  pool.start();
  on(pool, 1, [] {});
  ASSERT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  stopAndJoin(pool);
}

TEST_F(ReactorPoolLife, CallsAllReactors) {
  ReactorPool pool(options(3));
  std::atomic<std::size_t> sum = 0;
  pool.callOnAll([&](Reactor& reactor, std::size_t index) {
    EXPECT_EQ(&reactor, &pool.reactor(index));
    EXPECT_EQ(pool.current(), index);
    sum += index + 1;
  });
  pool.start();
  cameTrue([&] { return sum == 6; });
  stopAndJoin(pool);
}

TEST_F(ReactorPoolLife, HasNoReactorBehindTheLast) {
  ReactorPool pool(options(2));
  EXPECT_THROW(pool.reactor(2), std::out_of_range);
  EXPECT_THROW(pool.callFromThread(2, [] {}), std::out_of_range);
  EXPECT_THROW(pool.callFromThread(0, nullptr), std::invalid_argument);
}

TEST_F(ReactorPoolLife, NamesItsReactorsInTurn) {
  ReactorPool pool(options(3));
  std::vector<std::size_t> turns;
  for (int i = 0; i < 7; ++i) turns.push_back(pool.next());
  EXPECT_THAT(turns, ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

// --- Stopping --------------------------------------------------------------------------

TEST_F(ReactorPoolLife, HasSystemEventsOfItsOwn) {
  ReactorPool pool(options(1));
  Events events;
  const auto note = [&](const char* what) { return [&, what] { events.push_back(what); }; };
  pool.addSystemEventTrigger(TriggerPhase::after, "flood", note("after"));
  pool.addSystemEventTrigger(TriggerPhase::before, "flood", note("before"));
  pool.removeSystemEventTrigger(
      pool.addSystemEventTrigger(TriggerPhase::during, "flood", note("never")));
  pool.fireSystemEvent("flood");
  EXPECT_THAT(events, ElementsAre("before", "after"));
}

TEST_F(ReactorPoolLife, CallsAtOnceWhatWaitsForItWhenItRuns) {
  ReactorPool pool(options(2));
  pool.callWhenRunning([&] {
    bool called = false;
    pool.callWhenRunning([&] { called = true; });
    EXPECT_TRUE(called);
    pool.stop();
  });
  pool.run();
}

TEST_F(ReactorPoolLife, CannotBeStoppedBeforeItRuns) {
  ReactorPool pool(options(2));
  EXPECT_THROW(pool.stop(), ReactorNotRunning);
  pool.join();  // nothing to wait for
}

TEST_F(ReactorPoolLife, MayBeStoppedAtOnceAndAgain) {
  for (int i = 0; i < 50; ++i) {
    ReactorPool pool(options(3));
    pool.start();
    pool.stop();
    pool.stop();
    pool.join();
    EXPECT_FALSE(pool.running());
    EXPECT_THROW(pool.stop(), ReactorNotRunning);
  }
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_F(ReactorPoolLife, IsStoppedByItsReactorsThreadsToo) {
  for (std::size_t i = 0; i < 3; ++i) {
    ReactorPool pool(options(3));
    pool.callFromThread(i, [&] { pool.stop(); });
    pool.run();
  }
}

TEST_F(ReactorPoolLife, CannotRunTwiceAtOnce) {
  ReactorPool pool(options(2));
  pool.start();
  EXPECT_THROW(pool.start(), ReactorAlreadyRunning);
  EXPECT_THROW(pool.run(), ReactorAlreadyRunning);
  stopAndJoin(pool);
}

TEST_F(ReactorPoolLife, CanRunAgain) {
  ReactorPool pool(options(2));
  for (int round = 1; round <= 3; ++round) {
    const auto port = listen(pool);
    if (round % 2) {
      std::thread client([&] {
        PoolPeer(port->getHost()).expectEcho("");
        cameTrue([&] { return count.made == round; });
        pool.stop();
      });
      pool.run();
      client.join();
    } else {
      pool.start();
      EXPECT_NE(PoolPeer(port->getHost()).line(), "");
      stopAndJoin(pool);
    }
    EXPECT_EQ(count.lost, round);
  }
  EXPECT_EQ(count.started, 3);
  EXPECT_EQ(count.stopped, 3);
}

TEST_F(ReactorPoolLife, StopsWhenOneReactorIsStopped) {
  for (std::size_t i = 0; i < 3; ++i) {
    ReactorPool pool(options(3));
    bool told = false;
    pool.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { told = true; });
    pool.callWhenRunning([&] { pool.callFromThread(i, [&, i] { pool.reactor(i).stop(); }); });
    pool.run();
    EXPECT_TRUE(told);
  }
}

TEST_F(ReactorPoolLife, DrainsNowhereBeforeWhatIsBeforeShutdownIsOver) {
  ReactorPool pool(options(3, Spread::roundRobin));
  const auto port = listen(pool);
  Deferred<void> mayEnd;
  std::promise<void> stopping;
  pool.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    stopping.set_value();
    return mayEnd;
  });
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(peers.emplace_back(port->getHost()).line(), std::to_string(i));
  }
  on(pool, 2, [&] { pool.reactor(2).stop(); });
  stopping.get_future().wait();
  for (PoolPeer& peer : peers) peer.expectEcho("still there?");
  EXPECT_NE(PoolPeer(port->getHost()).line(), "") << "it accepts, too";
  on(pool, 0, [&] { mayEnd.callback(); });
  for (PoolPeer& peer : peers) peer.receiveUntilEnd();
  pool.join();
}

TEST_F(ReactorPoolLife, ListensNowhereAnyMoreWhenTheFirstConnectionEnds) {
  for (int round = 0; round < 20; ++round) {
    ReactorPool pool(options(3));
    const auto port = listen(pool);
    pool.start();
    PoolPeer peer(port->getHost());
    EXPECT_NE(peer.line(), "");
    pool.stop();
    peer.receiveUntilEnd();
    EXPECT_THROW(RawPeer late(port->getHost()), std::system_error);
    pool.join();
  }
}

TEST_F(ReactorPoolLife, FiresTheEndOfShutdownWhenAllHaveStopped) {
  ReactorPool pool(options(3));
  std::atomic<int> ended = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    pool.reactor(i).addSystemEventTrigger(TriggerPhase::after, "shutdown", [&] { ++ended; });
  }
  int seen = 0;
  pool.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { seen = ended; });
  pool.callWhenRunning([&] { pool.stop(); });
  pool.run();
  EXPECT_EQ(seen, 3);
}

TEST_F(ReactorPoolLife, DrainsTheConnectionsOfAllReactors) {
  ReactorPool pool(options(3, Spread::roundRobin));
  const Bytes reply = pattern(3 * kMegabyte);
  std::latch written(3);
  struct Sender : Protocol {
    Sender(const Bytes& reply, std::latch& written) : reply(reply), written(written) {}
    void connectionMade() override {
      transport().write(reply);
      written.count_down();
    }
    const Bytes& reply;
    std::latch& written;
  };
  const auto port = listen(pool, Factory::forProtocol<Sender>(std::cref(reply), std::ref(written)));
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 3; ++i) peers.emplace_back(port->getHost(), 4096);
  written.wait();
  pool.stop();
  for (PoolPeer& peer : peers) {
    peer.receiveUntilEnd();
    EXPECT_EQ(peer.error(), 0);
    EXPECT_TRUE(peer.received == reply);
  }
  pool.join();
}

TEST_F(ReactorPoolLife, ClosesWhatWasAcceptedForAReactorThatStops) {
  ReactorPool pool(options(2, Spread::roundRobin));
  const auto port = listen(pool);
  pool.start();
  PoolPeer first(port->getHost());
  EXPECT_EQ(first.line(), "0");
  std::latch blocked(1), release(1);
  pool.callFromThread(1, [&] {
    blocked.count_down();
    release.wait();
  });
  blocked.wait();
  PoolPeer second(port->getHost());  // for reactor 1, which does not come to serve it
  PoolPeer third(port->getHost());
  EXPECT_EQ(third.line(), "0");  // the second has been accepted by now
  pool.callFromThread(1, [&] { pool.reactor(1).stop(); });
  pool.stop();
  release.count_down();
  pool.join();
  second.receiveUntilEnd();
  third.receiveUntilEnd();
}

// --- Failing ---------------------------------------------------------------------------

TEST_F(ReactorPoolLife, StopsAndThrowsWhatTheLoopOfOneThrows) {
  for (std::size_t i = 0; i < 3; ++i) {
    ReactorPool pool(options(3));
    const auto port = listen(pool);
    pool.callWhenRunning([&] {
      boost::asio::post(ioContext(pool.reactor(i)), [] { throw std::domain_error("a handler"); });
    });
    EXPECT_THROW(pool.run(), std::domain_error);
    EXPECT_FALSE(pool.running());
    pool.callWhenRunning([&] { pool.stop(); });
    pool.run();  // and may run again
  }
}

TEST_F(ReactorPoolLife, AnExceptionOutOfACallIsLoggedAndStopsNobody) {
  ReactorPool pool(options(2));
  pool.start();
  pool.callFromThread(1, [] { throw std::runtime_error("broken call"); });
  on(pool, 1, [] {});
  EXPECT_EQ(captured.count(LogLevel::error, "a call from a thread threw"), 1u);
  stopAndJoin(pool);
}

// --- Being destroyed -------------------------------------------------------------------

TEST_F(ReactorPoolLife, DestroyedWhileItRunsEndsConnectionsAtOnce) {
  std::vector<PoolPeer> peers;
  {
    auto slow = options(2, Spread::roundRobin);
    slow.reactor.drainTimeout = 1h;
    ReactorPool pool(slow);
    const auto port = listen(pool);
    pool.start();
    for (int i = 0; i < 4; ++i) EXPECT_NE(peers.emplace_back(port->getHost()).line(), "");
    peers.front().send(Bytes(1000, 'x'));
  }
  for (PoolPeer& peer : peers) peer.receiveUntilEnd();
  EXPECT_EQ(count.lost, 4);
  EXPECT_EQ(count.stopped, 1);
}

TEST_F(ReactorPoolLife, DestroyedWhileItWaitsBeforeShutdownWaitsNoLonger) {
  ReactorPool pool(options(2));
  pool.addSystemEventTrigger(TriggerPhase::before, "shutdown", [] { return Deferred<void>(); });
  pool.start();
  pool.stop();
}

TEST_F(ReactorPoolLife, DestroyedUnusedEndsItsPorts) {
  std::shared_ptr<ListeningPort> port;
  {
    ReactorPool pool(options(2));
    port = listen(pool);
    EXPECT_EQ(count.started, 1);
  }
  EXPECT_EQ(count.stopped, 1);
  EXPECT_NE(port->getHost().port(), 0);
  bool stopped = false;
  port->stopListening().addCallback([&] { stopped = true; });
  EXPECT_TRUE(stopped);
  EXPECT_THROW(RawPeer peer(port->getHost()), std::system_error);
}

TEST_F(ReactorPoolLife, DropsCallsThatWereNotMade) {
  auto held = std::make_shared<int>(1);
  {
    ReactorPool pool(options(2));
    pool.callFromThread(1, [held] { FAIL() << "called from the destructor"; });
  }
  EXPECT_EQ(held.use_count(), 1);
}

// --- Signals ---------------------------------------------------------------------------

class ReactorPoolSignals : public PoolTest {
 protected:
  ReactorPoolOptions catching(Duration drainTimeout) {
    auto catching = options(3, Spread::roundRobin);
    catching.reactor.installSignalHandlers = true;
    catching.reactor.drainTimeout = drainTimeout;
    return catching;
  }
};

TEST_F(ReactorPoolSignals, OneStopsAllReactors) {
  ReactorPool pool(catching(5s));
  pool.callWhenRunning([] { std::raise(SIGTERM); });
  pool.run();
  EXPECT_EQ(captured.count(LogLevel::info, "SIGTERM received, stopping"), 1u);
}

TEST_F(ReactorPoolSignals, ASecondOneEndsAllDrainingAtOnce) {
  ReactorPool pool(catching(1h));
  std::atomic<int> made = 0;
  struct Sender : Protocol {
    explicit Sender(std::atomic<int>& made) : made(made) {}
    void connectionMade() override {
      transport().write(Bytes(20 * kMegabyte, 'x'));
      ++made;
    }
    std::atomic<int>& made;
  };
  const auto port = listen(pool, Factory::forProtocol<Sender>(std::ref(made)));
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 3; ++i) peers.emplace_back(port->getHost(), 4096);
  std::thread other([&] {
    cameTrue([&] { return made == 3; });
    peers.erase(peers.begin());  // the first reactor may end before the others
    ::kill(::getpid(), SIGINT);
    cameTrue([&] { return captured.count(LogLevel::info, "SIGINT received") == 1; });
    ::kill(::getpid(), SIGINT);
  });
  pool.run();
  other.join();
  EXPECT_EQ(captured.count(LogLevel::info, "SIGINT received"), 2u);
  EXPECT_GE(captured.count(LogLevel::warn, "connections are aborted"), 2u);
}

}  // namespace
}  // namespace plait::testing
