#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/datagram_protocol.hpp>
#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/fake_datagram_transport.hpp>

namespace plait::testing {
namespace {

using ::testing::ElementsAre;

struct Echo : DatagramProtocol {
  void datagramReceived(BytesView bytes, const Address& from) override {
    transport().write(bytes, from);
  }
};

const Address kPeer = IPv4Address{{127, 0, 0, 1}, 7};
const Address kOther = IPv4Address{{127, 0, 0, 1}, 8};

struct FakeDatagramTransportTest : ::testing::Test {
  std::shared_ptr<FakeDatagramTransport> transport = std::make_shared<FakeDatagramTransport>();
};

TEST_F(FakeDatagramTransportTest, KeepsWhatAProtocolWrites) {
  auto protocol = std::make_shared<Echo>();
  protocol->makeConnection(transport);
  protocol->datagramReceived("ping", kPeer);
  protocol->datagramReceived("", kOther);
  using Datagram = FakeDatagramTransport::Datagram;
  EXPECT_THAT(transport->written(), ElementsAre(Datagram{"ping", kPeer}, Datagram{"", kOther}));
  transport->clear();
  EXPECT_TRUE(transport->written().empty());
}

TEST_F(FakeDatagramTransportTest, IsThereWhenItsProtocolStarts) {
  struct Greeter : DatagramProtocol {
    void startProtocol() override { transport().write("hello", kPeer); }
  };
  std::make_shared<Greeter>()->makeConnection(transport);
  EXPECT_EQ(transport->written().size(), 1u);
}

TEST_F(FakeDatagramTransportTest, ThrowsForWhatAPortWouldThrow) {
  EXPECT_THROW(transport->write("x"), std::logic_error);
  EXPECT_THROW(transport->write("x", HostnameAddress{"localhost", 7}), InvalidAddressError);
  EXPECT_THROW(transport->connect(HostnameAddress{"localhost", 7}), InvalidAddressError);
  EXPECT_THROW(transport->setTTL(256), std::invalid_argument);
  transport->connect(kPeer);
  EXPECT_EQ(transport->peer(), kPeer);
  EXPECT_THROW(transport->connect(kPeer), std::logic_error);
  EXPECT_THROW(transport->write("x", kOther), InvalidAddressError);
  transport->write("x");
  transport->write("y", kPeer);
  EXPECT_EQ(transport->written().size(), 2u);
}

TEST_F(FakeDatagramTransportTest, DropsWhatIsWrittenAfterTheEnd) {
  bool stopped = false;
  transport->stopListening().addCallback([&] { stopped = true; });
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(transport->connected());
  transport->write("x", kPeer);
  transport->write("x");
  EXPECT_TRUE(transport->written().empty());
}

TEST_F(FakeDatagramTransportTest, RemembersItsGroups) {
  transport->joinGroup("228.0.0.5");
  transport->joinGroup("228.0.0.6", "lo");
  EXPECT_THAT(transport->groups(), ElementsAre("228.0.0.5", "228.0.0.6%lo"));
  transport->leaveGroup("228.0.0.5");
  EXPECT_THAT(transport->groups(), ElementsAre("228.0.0.6%lo"));
  bool failed = false;
  transport->leaveGroup("228.0.0.5").addErrback([&](const Failure& failure) {
    failed = failure.check<MulticastJoinError>();
  });
  EXPECT_TRUE(failed);
}

TEST_F(FakeDatagramTransportTest, RemembersItsSettings) {
  EXPECT_EQ(toString(transport->getHost()), "10.0.0.1:12345");
  EXPECT_EQ(transport->getTTL(), 1);
  transport->setTTL(7);
  EXPECT_EQ(transport->getTTL(), 7);
  transport->setBroadcastAllowed(true);
  EXPECT_TRUE(transport->getBroadcastAllowed());
  transport->setLoopbackMode(false);
  EXPECT_FALSE(transport->getLoopbackMode());
  transport->setOutgoingInterface("lo");
  EXPECT_EQ(transport->getOutgoingInterface(), "lo");
  transport->buffered = 3;
  transport->dropped = 2;
  EXPECT_EQ(transport->bufferedBytes(), 3u);
  EXPECT_EQ(transport->droppedDatagrams(), 2u);
}

TEST_F(FakeDatagramTransportTest, TellsWhetherDatagramsAreWanted) {
  EXPECT_TRUE(transport->producing());
  transport->pauseProducing();
  EXPECT_FALSE(transport->producing());
  transport->resumeProducing();
  EXPECT_TRUE(transport->producing());
}

}  // namespace
}  // namespace plait::testing
