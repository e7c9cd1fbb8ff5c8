#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/testing/deferred_results.hpp>

#include "support/simulated_test.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recorder : public DatagramProtocol {
 public:
  void datagramReceived(BytesView bytes, const Address& from) override {
    received.emplace_back(bytes);
    senders.push_back(from);
  }
  void datagramTruncated(BytesView bytes, std::size_t size, const Address& from) override {
    truncated.emplace_back(Bytes(bytes), size);
    senders.push_back(from);
  }
  void connectionRefused() override { ++refused; }
  void stopProtocol() override { ++stopped; }

  std::vector<std::string> received;
  std::vector<std::pair<std::string, std::size_t>> truncated;
  std::vector<Address> senders;
  int refused = 0;
  int stopped = 0;
};

class SimulatedDatagrams : public SimulatedTest {
 protected:
  void TearDown() override {
    for (const auto& port : ports_) port->stopListening();
    SimulatedTest::TearDown();
  }
  std::shared_ptr<Recorder> open(SimulatedHost& host, std::uint16_t port,
                                 DatagramOptions options = {}) {
    const auto recorder = std::make_shared<Recorder>();
    ports_.push_back(host.listenUDP(port, recorder, options));
    return recorder;
  }
  void send(int count) {
    for (int i = 0; i < count; ++i) {
      sender->transport().write(std::to_string(i), toServer);
    }
    network.runFor(1s);
  }

  const Address toServer = IPv4Address{{10, 0, 0, 1}, 53};

 private:
  std::vector<std::shared_ptr<DatagramTransport>> ports_;

 protected:
  std::shared_ptr<Recorder> receiver = open(server, 53);
  std::shared_ptr<Recorder> sender = open(client, 1000);
};

TEST_F(SimulatedDatagrams, ComeWholeWithTheirSender) {
  sender->transport().write("one", toServer);
  sender->transport().write("", toServer);
  network.runFor(1s);
  EXPECT_THAT(receiver->received, ElementsAre("one", ""));
  EXPECT_EQ(toString(receiver->senders.at(0)), "10.0.0.2:1000");
}

TEST_F(SimulatedDatagrams, AreLostDoubledAndOvertaken) {
  network.setLink(client, server, {.loss = 1});
  send(10);
  EXPECT_THAT(receiver->received, IsEmpty());
  network.setLink(client, server, {.duplication = 1});
  send(10);
  EXPECT_EQ(std::exchange(receiver->received, {}).size(), 20u);
  network.setLink(client, server, {.latency = 5ms, .reordering = 0.5});
  send(10);
  EXPECT_EQ(receiver->received.size(), 10u);
  EXPECT_FALSE(std::is_sorted(receiver->received.begin(), receiver->received.end()));
}

TEST_F(SimulatedDatagrams, AreLostInAPartitionAndKeptByAHold) {
  network.partition(client, server);
  send(1);
  network.repair(client, server);
  network.hold(client, server);
  send(2);
  EXPECT_THAT(receiver->received, IsEmpty());
  network.release(client, server);
  network.runFor(1s);
  EXPECT_THAT(receiver->received, ElementsAre("0", "1"));
}

TEST_F(SimulatedDatagrams, AreLostWhereTheBandwidthIsUsedUp) {
  network.setLink(client, server, {.bandwidth = 1000, .sendBuffer = 3000});
  for (int i = 0; i < 100; ++i) sender->transport().write(Bytes(1000, 'x'), toServer);
  network.runFor(1min);
  EXPECT_EQ(receiver->received.size(), 4u);
}

TEST_F(SimulatedDatagrams, WaitForAReaderUpToALimit) {
  receiver->transport().pauseProducing();
  for (int i = 0; i < 100; ++i) sender->transport().write(Bytes(10'000, 'x'), toServer);
  network.runFor(1s);
  EXPECT_THAT(receiver->received, IsEmpty());
  receiver->transport().resumeProducing();
  network.runFor(1s);
  EXPECT_EQ(receiver->received.size(), 21u);
}

TEST_F(SimulatedDatagrams, AConnectedPortIsToldThatNobodyListens) {
  sender->transport().connect(IPv4Address{{10, 0, 0, 1}, 54});
  sender->transport().write("anybody?");
  network.runFor(1s);
  EXPECT_EQ(sender->refused, 1);
  EXPECT_THROW(sender->transport().write("x", toServer), InvalidAddressError);
  EXPECT_THROW(sender->transport().connect(toServer), std::logic_error);
}

TEST_F(SimulatedDatagrams, ReachAGroupAndEverybody) {
  const Address group = IPv4Address{{224, 0, 0, 9}, 53};
  successResultOf(receiver->transport().joinGroup("224.0.0.9"));
  sender->transport().write("to the group", group);
  EXPECT_THROW(sender->transport().write("x", IPv4Address{{255, 255, 255, 255}, 53}),
               InvalidAddressError);
  sender->transport().setBroadcastAllowed(true);
  sender->transport().write("to all", IPv4Address{{255, 255, 255, 255}, 53});
  network.runFor(1s);
  EXPECT_THAT(receiver->received, ElementsAre("to the group", "to all"));
  successResultOf(receiver->transport().leaveGroup("224.0.0.9"));
  EXPECT_TRUE(
      failureResultOf(receiver->transport().joinGroup("10.0.0.1")).check<MulticastJoinError>());
}

TEST_F(SimulatedDatagrams, AGroupIsHeardUntilItIsLeft) {
  const DatagramOptions both{.interface = "::"};
  const auto listener = open(server, 54, both), speaker = open(client, 54, both);
  const Address group = *IPv6Address::parse("ff02::9", 54);
  successResultOf(listener->transport().joinGroup("ff02:0::9"));
  speaker->transport().write("heard", group);
  network.runFor(1s);
  successResultOf(listener->transport().leaveGroup("FF02::9"));
  speaker->transport().write("not heard", group);
  network.runFor(1s);
  EXPECT_THAT(listener->received, ElementsAre("heard"));
  EXPECT_TRUE(
      failureResultOf(listener->transport().leaveGroup("ff02::9")).check<MulticastJoinError>());
  EXPECT_TRUE(
      failureResultOf(listener->transport().leaveGroup("a group")).check<MulticastJoinError>());
}

TEST_F(SimulatedDatagrams, ComeOverIPv6WithTheirSender) {
  const DatagramOptions both{.interface = "::"};
  const auto there = open(server, 54, both), here = open(client, 55, both);
  here->transport().write("from outside", *IPv6Address::parse("fd00::1", 54));
  there->transport().write("from inside", *IPv6Address::parse("::1", 54));
  network.runFor(1s);
  EXPECT_THAT(there->received, ::testing::UnorderedElementsAre("from outside", "from inside"));
  EXPECT_THAT(there->senders, ::testing::UnorderedElementsAre(*IPv6Address::parse("fd00::2", 55),
                                                              *IPv6Address::parse("::1", 54)));
}

TEST_F(SimulatedDatagrams, OnePortOfThoseThatShareAnAddressHasEach) {
  const DatagramOptions shared{.listenMultiple = true};
  const auto one = open(server, 54, shared), other = open(server, 54, shared);
  for (int i = 0; i < 50; ++i) sender->transport().write("x", IPv4Address{{10, 0, 0, 1}, 54});
  network.runFor(1s);
  EXPECT_EQ(one->received.size() + other->received.size(), 50u);
  EXPECT_GT(one->received.size(), 10u);
  EXPECT_GT(other->received.size(), 10u);
}

TEST_F(SimulatedDatagrams, APortKeepsItsSettings) {
  DatagramTransport& port = sender->transport();
  EXPECT_EQ(port.getTTL(), 1);
  port.setTTL(4);
  EXPECT_EQ(port.getTTL(), 4);
  EXPECT_THROW(port.setTTL(256), std::invalid_argument);
  port.setOutgoingInterface("eth0");
  EXPECT_EQ(port.getOutgoingInterface(), "eth0");
  EXPECT_FALSE(port.getBroadcastAllowed());
  EXPECT_TRUE(port.getLoopbackMode());
}

TEST_F(SimulatedDatagrams, OfOneselfAreNotHeardWithoutLoopback) {
  const Address group = IPv4Address{{224, 0, 0, 9}, 1000};
  successResultOf(sender->transport().joinGroup("224.0.0.9"));
  sender->transport().setLoopbackMode(false);
  sender->transport().write("not heard", group);
  network.runFor(1s);
  sender->transport().setLoopbackMode(true);
  sender->transport().write("heard", group);
  network.runFor(1s);
  EXPECT_THAT(sender->received, ElementsAre("heard"));
}

TEST_F(SimulatedDatagrams, OfTooManyBytesAreTruncated) {
  const auto small = open(server, 54, {.maxPacketSize = 4});
  sender->transport().write("12345", IPv4Address{{10, 0, 0, 1}, 54});
  sender->transport().write("1234", IPv4Address{{10, 0, 0, 1}, 54});
  network.runFor(1s);
  EXPECT_THAT(small->truncated, ElementsAre(std::pair("1234", 5)));
  EXPECT_THAT(small->received, ElementsAre("1234"));
  EXPECT_THROW(open(server, 55, {.maxPacketSize = 0}), std::invalid_argument);
}

TEST_F(SimulatedDatagrams, WrongUseThrows) {
  EXPECT_THROW(open(server, 53), CannotListenError);
  EXPECT_THROW(sender->transport().write("x", HostnameAddress{"server", 53}), InvalidAddressError);
  EXPECT_THROW(sender->transport().write("x", IPv6Address{}), InvalidAddressError);
  EXPECT_THROW(sender->transport().write(Bytes(70'000, 'x'), toServer), MessageLengthError);
  EXPECT_THROW(sender->transport().write("x"), std::logic_error);
}

TEST_F(SimulatedDatagrams, AClosedPortHearsNothing) {
  sender->transport().write("x", toServer);
  receiver->transport().stopListening();
  EXPECT_EQ(receiver->stopped, 1);
  network.runFor(1s);
  EXPECT_THAT(receiver->received, IsEmpty());
  receiver->transport().write("dropped", toServer);
  EXPECT_TRUE(
      failureResultOf(receiver->transport().joinGroup("224.0.0.9")).check<MulticastJoinError>());
}

}  // namespace
}  // namespace plait::testing
