#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/net/detail/datagram_queue.hpp>
#include <vector>

namespace plait::detail {
namespace {

using ::testing::ElementsAre;
using Outcome = DatagramQueue::Outcome;

SocketAddress at(const char* path) {
  return SocketAddress(UNIXAddress{path});
}

/// What goes out when `blocked` is full and all others take everything.
std::vector<Bytes> drain(DatagramQueue& queue, const Address& blocked = {},
                         bool eachDestination = true) {
  std::vector<Bytes> sent;
  queue.drain(
      [&](BytesView datagram, const SocketAddress& to) {
        if (to.toAddress() == blocked) return Outcome::blocked;
        sent.emplace_back(datagram);
        return Outcome::done;
      },
      eachDestination);
  return sent;
}

TEST(DatagramQueue, KeepsTheOrder) {
  DatagramQueue queue(100);
  for (const char* text : {"a", "b", "", "c"}) EXPECT_TRUE(queue.push(text, at("/x")));
  EXPECT_EQ(queue.bytes(), 3u);
  EXPECT_THAT(drain(queue), ElementsAre("a", "b", "", "c"));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(DatagramQueue, DropsTheNewestThatDoesNotFit) {
  DatagramQueue queue(10);
  EXPECT_TRUE(queue.push("12345678", at("/x")));
  EXPECT_FALSE(queue.push("123", at("/x")));
  EXPECT_TRUE(queue.push("12", at("/x")));
  EXPECT_EQ(queue.bytes(), 10u);
  EXPECT_EQ(queue.dropped(), 1u);
  EXPECT_THAT(drain(queue), ElementsAre("12345678", "12"));
}

TEST(DatagramQueue, IsBoundedForEmptyDatagramsToo) {
  DatagramQueue queue(10);
  for (int i = 0; i < 100'000; ++i) queue.push("", at("/x"));
  EXPECT_GT(queue.dropped(), 0u);
  DatagramQueue none(0);
  EXPECT_FALSE(none.push("", at("/x")));
}

TEST(DatagramQueue, WaitsBehindTheFirstThatIsBlocked) {
  DatagramQueue queue(100);
  queue.push("1", at("/free"));
  queue.push("2", at("/full"));
  queue.push("3", at("/free"));
  EXPECT_THAT(drain(queue, UNIXAddress{"/full"}, false), ElementsAre("1"));
  EXPECT_EQ(queue.bytes(), 2u);
  EXPECT_THAT(drain(queue), ElementsAre("2", "3"));
}

TEST(DatagramQueue, WaitsForOneDestinationAndServesTheOthers) {
  DatagramQueue queue(100);
  queue.push("1", at("/full"));
  queue.push("2", at("/free"));
  queue.push("3", at("/full"));
  queue.push("4", at("/free"));
  EXPECT_THAT(drain(queue, UNIXAddress{"/full"}), ElementsAre("2", "4"));
  EXPECT_THAT(drain(queue), ElementsAre("1", "3"));
}

TEST(DatagramQueue, ForgetsWhatItIsToldTo) {
  DatagramQueue queue(100);
  queue.push("1", at("/x"));
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

}  // namespace
}  // namespace plait::detail
