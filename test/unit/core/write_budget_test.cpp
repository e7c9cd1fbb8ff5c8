// Who pays when all write buffers together take too much.
#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;
constexpr std::size_t kLimit = 8 * kMegabyte;

/// Connections of one reactor, whose peers read nothing.
class Budget : public ::testing::Test {
 protected:
  struct Connection {
    std::shared_ptr<ScriptedMedium> medium;
    Journal journal;
    std::shared_ptr<ScriptedProtocol> protocol = std::make_shared<ScriptedProtocol>(journal);

    bool lost() const { return protocol->why.has_value(); }
  };

  Budget() { group.budget.setLimit(kLimit); }
  ~Budget() override {
    for (auto& connection : connections) {
      connection->medium->unregisterProducer();
      connection->medium->abortConnection();
      connection->medium->run();
    }
  }

  Connection& connect() {
    auto& connection = *connections.emplace_back(std::make_unique<Connection>());
    connection.medium = std::make_shared<ScriptedMedium>(clock, log.log, group, connection.journal);
    connection.medium->connect(connection.protocol);
    connection.medium->room = 0;
    return connection;
  }
  Connection& connectWaiting(std::size_t bytes) {
    Connection& connection = connect();
    write(connection, bytes);
    return connection;
  }
  void write(Connection& connection, std::size_t bytes) {
    connection.medium->write(Bytes(bytes, 'x'));
    connection.medium->run();
  }
  void runAll() {
    for (auto& connection : connections) connection->medium->run();
  }

  Clock clock;
  RecordedLog log;
  TransportGroup group;
  std::vector<std::unique_ptr<Connection>> connections;
};

TEST_F(Budget, TouchesNobodyBelowThreeQuarters) {
  for (int i = 0; i < 5; ++i) connectWaiting(kMegabyte);
  for (auto& connection : connections) {
    EXPECT_TRUE(connection->medium->reading());
    EXPECT_FALSE(connection->lost());
  }
}

TEST_F(Budget, AboveThreeQuartersDoesNotReadFromThoseWithTheMostWaiting) {
  Connection& modest = connectWaiting(kMegabyte);
  Connection& greedy = connectWaiting(4 * kMegabyte);
  Connection& small = connectWaiting(kMegabyte + kMegabyte / 2);
  EXPECT_FALSE(greedy.medium->reading());
  EXPECT_TRUE(modest.medium->reading());
  EXPECT_TRUE(small.medium->reading());
  runAll();
  EXPECT_FALSE(greedy.lost());
}

TEST_F(Budget, ReadsAgainFromOneWhoseOutputHasGone) {
  Connection& greedy = connectWaiting(5 * kMegabyte);
  connectWaiting(2 * kMegabyte);
  ASSERT_FALSE(greedy.medium->reading());
  greedy.medium->makeRoom(SIZE_MAX);
  EXPECT_TRUE(greedy.medium->reading());
}

TEST_F(Budget, ReadsFromAllAgainOnceHalfIsFree) {
  Connection& first = connectWaiting(3 * kMegabyte);
  Connection& second = connectWaiting(3 * kMegabyte);
  connectWaiting(kMegabyte);
  ASSERT_FALSE(first.medium->reading() && second.medium->reading());
  Connection& held = first.medium->reading() ? second : first;
  Connection& other = first.medium->reading() ? first : second;
  other.medium->makeRoom(SIZE_MAX);
  connections.back()->medium->makeRoom(SIZE_MAX);
  EXPECT_TRUE(held.medium->reading());
}

TEST_F(Budget, HoldsForASecondAtATime) {
  Connection& greedy = connectWaiting(7 * kMegabyte);
  ASSERT_FALSE(greedy.medium->reading());
  clock.advance(std::chrono::milliseconds(999));
  EXPECT_FALSE(greedy.medium->reading());
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(greedy.medium->reading());  // who feeds it may be waiting for that
  write(greedy, 1);
  EXPECT_FALSE(greedy.medium->reading());
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(greedy.medium->reading());
}

TEST_F(Budget, LeavesNoTimerWhenNobodyIsHeld) {
  Connection& greedy = connectWaiting(7 * kMegabyte);
  EXPECT_EQ(clock.pendingCalls(), 1u);
  greedy.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(Budget, HoldingLeavesTheUsersPausingAlone) {
  Connection& greedy = connectWaiting(7 * kMegabyte);
  greedy.medium->pauseProducing();
  greedy.medium->makeRoom(SIZE_MAX);
  EXPECT_FALSE(greedy.medium->reading());
  greedy.medium->resumeProducing();
  EXPECT_TRUE(greedy.medium->reading());
}

TEST_F(Budget, AbortsTheOneWithTheMostWaitingNotTheOneThatWrites) {
  Connection& greedy = connectWaiting(5 * kMegabyte);
  Connection& modest = connectWaiting(2 * kMegabyte);
  Connection& innocent = connect();
  write(innocent, kMegabyte + 1);
  runAll();
  ASSERT_TRUE(greedy.lost());
  EXPECT_TRUE(greedy.protocol->why->check<WriteBudgetExceeded>());
  EXPECT_FALSE(modest.lost());
  EXPECT_FALSE(innocent.lost());
  EXPECT_EQ(innocent.medium->bufferedBytes(), kMegabyte + 1);
}

TEST_F(Budget, AbortsTheOneThatWritesWhenItHasTheMost) {
  connectWaiting(2 * kMegabyte);
  Connection& greedy = connectWaiting(7 * kMegabyte);
  runAll();
  EXPECT_TRUE(greedy.lost());
  EXPECT_FALSE(connections.front()->lost());
}

TEST_F(Budget, AbortsAsManyAsItTakes) {
  for (int i = 0; i < 100; ++i) connectWaiting(kMegabyte / 2);
  runAll();
  EXPECT_LE(group.pool.used(), kLimit);
  const auto alive = std::count_if(connections.begin(), connections.end(),
                                   [](const auto& c) { return !c->lost(); });
  EXPECT_GE(alive, 10);
}

TEST_F(Budget, IsNotTouchedByWhatThePeersTake) {
  Connection& fast = connect();
  fast.medium->room = SIZE_MAX;
  for (int i = 0; i < 100; ++i) write(fast, kMegabyte);
  EXPECT_FALSE(fast.lost());
  EXPECT_EQ(group.pool.used(), 0u);
}

TEST_F(Budget, ZeroIsNoLimit) {
  group.budget.setLimit(0);
  for (int i = 0; i < 20; ++i) connectWaiting(kMegabyte);
  for (auto& connection : connections) EXPECT_TRUE(connection->medium->reading());
}

TEST_F(Budget, SaysOnceASecondWhomItAborts) {
  const auto lines = [&] {
    return std::count_if(log.entries.begin(), log.entries.end(), [](const auto& entry) {
      return entry.level == LogLevel::warn && entry.message.find("budget") != std::string::npos;
    });
  };
  for (int i = 0; i < 40; ++i) connectWaiting(kMegabyte);
  EXPECT_EQ(lines(), 1);
  clock.advance(std::chrono::seconds(1));
  for (int i = 0; i < 10; ++i) connectWaiting(kMegabyte);
  EXPECT_EQ(lines(), 2);
}

TEST_F(Budget, CountsMemoryWhateverKindOfWriteItIs) {
  Connection& c = connect();
  c.medium->write(BytesView("a few bytes"));
  EXPECT_GE(group.pool.used(), BlockPool::kBlockSize);
  c.medium->write(share(Bytes(kMegabyte, 's')));
  EXPECT_GE(group.pool.used(), kMegabyte);
  c.medium->write(Bytes(kMegabyte, 'o'));
  EXPECT_GE(group.pool.used(), 2 * kMegabyte);
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(group.pool.used(), 0u);
}

TEST_F(Budget, AProducerThatIsStoppedMayWriteToAnother) {
  Connection& big = connectWaiting(7 * kMegabyte);
  Connection& other = connectWaiting(kMegabyte / 2);
  ScriptedPush push{big.journal};
  push.whenStopped = [&] { other.medium->write(Bytes(kMegabyte, 'y')); };
  big.medium->registerProducer(push);
  big.medium->breakDown(std::errc::connection_reset);
  runAll();
  EXPECT_TRUE(big.lost());
  EXPECT_FALSE(other.lost());
}

TEST_F(Budget, HoldsAgainWhenItFillsAgain) {
  for (int i = 0; i < 9; ++i) connectWaiting(kMegabyte / 2);
  Connection& first = connectWaiting(3 * kMegabyte);
  ASSERT_FALSE(first.medium->reading());
  first.medium->makeRoom(SIZE_MAX);
  Connection& greedy = connect();
  for (int i = 0; i < 34; ++i) write(greedy, kMegabyte / 10);
  EXPECT_FALSE(greedy.medium->reading());
  EXPECT_FALSE(greedy.lost());
}

TEST_F(Budget, AnInnocentDoesNotPayForWhatIsJustBeingWritten) {
  Connection& innocent = connectWaiting(100);
  Connection& writer = connect();
  writer.medium->room = SIZE_MAX;  // its peer reads
  writer.medium->write(Bytes(9 * kMegabyte, 'w'));
  innocent.medium->write("tick");
  runAll();
  EXPECT_FALSE(innocent.lost());
  EXPECT_FALSE(writer.lost());
}

TEST_F(Budget, WhatWasJustWrittenCountsOnceItsPeerDoesNotTakeIt) {
  Connection& innocent = connectWaiting(100);
  Connection& writer = connect();
  writer.medium->write(Bytes(9 * kMegabyte, 'w'));
  innocent.medium->write("tick");
  runAll();
  EXPECT_FALSE(innocent.lost());
  EXPECT_TRUE(writer.lost());
}

TEST_F(Budget, WhoHoldsTheMostMemoryPaysHoweverFewBytesThatIsFor) {
  constexpr std::size_t kLarge = kMegabyte - 10 * 1024;
  std::vector<Connection*> crafty;
  for (int i = 0; i < 8; ++i) crafty.push_back(&connectWaiting(kLarge));
  for (Connection* c : crafty) c->medium->makeRoom(kLarge - 10);  // all but ten bytes are read
  Connection& modest = connectWaiting(50 * 1024);
  Connection& another = connectWaiting(50 * 1024);
  runAll();
  EXPECT_FALSE(modest.lost());
  EXPECT_FALSE(another.lost());
  EXPECT_LE(group.pool.used(), kLimit);
}

}  // namespace
}  // namespace plait::testing
