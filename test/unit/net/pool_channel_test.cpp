#include <plait/net/pool_channel.hpp>

#include "support/pool_test.hpp"

namespace plait::testing {
namespace {

/// A channel that notes what each reactor receives, batch by batch.
class PoolChannelTest : public PoolTest {
 protected:
  using Channel = PoolChannel<int>;
  static constexpr std::size_t kReactors = 3;

  void SetUp() override { pool.start(); }
  void TearDown() override { stopAndJoin(pool); }
  std::vector<std::vector<int>> batches(std::size_t reactor) {
    return on(pool, reactor, [&] { return received[reactor]; });
  }
  std::vector<int> messages(std::size_t reactor) {
    std::vector<int> all;
    for (const auto& batch : batches(reactor)) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  /// All that was sent so far has arrived.
  void settle() {
    for (std::size_t i = 0; i < kReactors; ++i) on(pool, i, [] {});  // passes on
    for (std::size_t i = 0; i < kReactors; ++i) on(pool, i, [] {});  // receives
  }

  ReactorPool pool{options(kReactors)};
  std::array<std::vector<std::vector<int>>, kReactors> received;
  Channel channel{pool, [this](std::size_t here, std::span<const int> batch) {
                    EXPECT_EQ(pool.current(), here);
                    received[here].emplace_back(batch.begin(), batch.end());
                  }};
};

TEST_F(PoolChannelTest, WhatIsSentInOneTurnArrivesInOneBatch) {
  on(pool, 1, [&] {
    for (int i = 0; i < 1000; ++i) channel.send(i);
  });
  settle();
  for (std::size_t other : {0u, 2u}) {
    const auto seen = batches(other);
    ASSERT_EQ(seen.size(), 1u) << "one call, and so one wake-up, for a thousand messages";
    ASSERT_EQ(seen[0].size(), 1000u);
    EXPECT_TRUE(std::is_sorted(seen[0].begin(), seen[0].end()));
  }
  EXPECT_TRUE(batches(1).empty()) << "the sender has its messages";
}

TEST_F(PoolChannelTest, CallbacksThatRunTogetherShareABatch) {
  std::promise<void> done;
  pool.callFromThread(0, [&] {
    // Both are ready when this returns, before what they send is passed on.
    pool.callFromThread(0, [&] { channel.send(2); });
    pool.callFromThread(0, [&] {
      channel.send(3);
      done.set_value();
    });
    channel.send(1);
  });
  done.get_future().wait();
  settle();
  EXPECT_EQ(messages(1), (std::vector{1, 2, 3}));
  EXPECT_LE(batches(1).size(), 2u);
}

TEST_F(PoolChannelTest, EachSendersMessagesKeepTheirOrder) {
  constexpr int kEach = 2000;
  for (int i = 0; i < kEach; ++i) {
    for (std::size_t sender = 0; sender < kReactors; ++sender) {
      pool.callFromThread(sender,
                          [&, sender, i] { channel.send(static_cast<int>(sender) * kEach + i); });
    }
  }
  settle();
  for (std::size_t reactor = 0; reactor < kReactors; ++reactor) {
    std::array<int, kReactors> next{};
    for (int message : messages(reactor)) {
      const int sender = message / kEach;
      EXPECT_EQ(message % kEach, next[static_cast<std::size_t>(sender)]++);
    }
    for (std::size_t sender = 0; sender < kReactors; ++sender) {
      EXPECT_EQ(next[sender], sender == reactor ? 0 : kEach);
    }
  }
}

TEST_F(PoolChannelTest, NothingThatIsDoneAfterAFlushOvertakesIt) {
  on(pool, 0, [&] {
    channel.send(1);
    channel.flush();
    channel.flush();  // nothing more to pass on
    pool.callFromThread(1, [&] { EXPECT_EQ(received[1].size(), 1u); });
  });
  settle();
  EXPECT_EQ(batches(1).size(), 1u);
}

TEST_F(PoolChannelTest, CannotBeSentToFromElsewhere) {
  EXPECT_THROW(channel.send(1), std::logic_error);
}

TEST_F(PoolTest, AChannelOfAPoolOfOneHasNobodyToTell) {
  ReactorPool pool(options(1));
  PoolChannel<int> channel(pool, [](std::size_t, std::span<const int>) { FAIL(); });
  pool.start();
  on(pool, 0, [&] { channel.send(1); });
  on(pool, 0, [] {});
  stopAndJoin(pool);
}

}  // namespace
}  // namespace plait::testing
