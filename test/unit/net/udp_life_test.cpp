#include "support/datagrams.hpp"

namespace plait::testing {
namespace {

class UDPLife : public DatagramTest {
 protected:
  Protocol protocol = makeProtocol();
};

TEST_F(UDPLife, StartsAtOnceAndStopsOnce) {
  auto port = listenUDP(protocol);
  EXPECT_THAT(protocol->calls, ElementsAre("start"));
  EXPECT_TRUE(port->connected());
  int fired = 0;
  port->stopListening().addCallback([&] { ++fired; });
  EXPECT_THAT(protocol->calls, ElementsAre("start", "stop"));
  EXPECT_FALSE(port->connected());
  port->stopListening().addCallback([&] { ++fired; });
  EXPECT_EQ(fired, 2);
  EXPECT_THAT(protocol->calls, ElementsAre("start", "stop"));
}

TEST_F(UDPLife, WritesFromStartProtocol) {
  auto hearer = makeProtocol();
  auto hearing = listenUDP(hearer);
  protocol->onStart = [&] { protocol->transport().write("hello", hearing->getHost()); };
  listenUDP(protocol);
  runUntilReceived(hearer, 1);
}

TEST_F(UDPLife, GoesOnWhenStartProtocolThrows) {
  protocol->onStart = [] { throw std::runtime_error("not today"); };
  auto port = listenUDP(protocol);
  EXPECT_TRUE(captured.hasFailure("not today"));
  port->write("self", port->getHost());
  runUntilReceived(protocol, 1);
}

TEST_F(UDPLife, StopsFromInsideStartProtocol) {
  bool fired = false;
  protocol->onStart = [&] {
    protocol->transport().stopListening().addCallback([&] { fired = true; });
    protocol->calls.push_back("started");
  };
  auto port = listenUDP(protocol);
  EXPECT_THAT(protocol->calls, ElementsAre("start", "started", "stop"));
  EXPECT_TRUE(fired);
  EXPECT_FALSE(port->connected());
}

TEST_F(UDPLife, StopsAfterTheCallbackThatStopsIt) {
  auto port = listenUDP(protocol);
  protocol->onDatagram = [&](BytesView, const Address& from) {
    port->stopListening();
    EXPECT_FALSE(port->connected());
    port->write("too late", from);
    protocol->calls.push_back("received");
  };
  port->write("a", port->getHost());
  port->write("b", port->getHost());
  runUntil([&] { return protocol->calls.size() == 3; });
  EXPECT_THAT(protocol->calls, ElementsAre("start", "received", "stop"));
  runWhatIsReady();
  EXPECT_EQ(protocol->received.size(), 1u);
}

TEST_F(UDPLife, LogsWhatStopProtocolThrows) {
  auto port = listenUDP(protocol);
  protocol->onStop = [] { throw std::runtime_error("cannot stop"); };
  bool fired = false;
  port->stopListening().addCallback([&] { fired = true; });
  EXPECT_TRUE(fired);
  EXPECT_TRUE(captured.hasFailure("cannot stop"));
}

TEST_F(UDPLife, DropsWhatIsWrittenAfterTheEnd) {
  auto port = listenUDP(protocol);
  const Address host = port->getHost();
  port->setTTL(7);
  port->setLoopbackMode(false);
  port->setBroadcastAllowed(true);
  port->setOutgoingInterface("127.0.0.1");
  port->stopListening();
  EXPECT_NO_THROW(port->write("x", host));
  EXPECT_NO_THROW(port->write("x"));
  EXPECT_NO_THROW(port->connect(host));
  EXPECT_NO_THROW(port->resumeProducing());
  EXPECT_EQ(port->getHost(), host);
  EXPECT_EQ(port->getTTL(), 7);
  EXPECT_FALSE(port->getLoopbackMode());
  EXPECT_TRUE(port->getBroadcastAllowed());
  EXPECT_EQ(port->getOutgoingInterface(), "127.0.0.1");
  EXPECT_EQ(port->bufferedBytes(), 0u);
  EXPECT_EQ(port->droppedDatagrams(), 0u);
}

TEST_F(UDPLife, StaysAliveUntilItIsStopped) {
  std::weak_ptr<RecordedDatagrams> kept = protocol;
  std::weak_ptr<DatagramTransport> port = listenUDP(protocol);
  protocol.reset();
  runWhatIsReady();
  ASSERT_FALSE(kept.expired());
  const Address host = port.lock()->getHost();
  port.lock()->write("self", host);
  runUntilReceived(kept.lock(), 1);
  port.lock()->stopListening();
  runWhatIsReady();
  EXPECT_TRUE(kept.expired());
  EXPECT_TRUE(port.expired());
}

TEST_F(UDPLife, StopsWithItsReactor) {
  auto port = listenUDP(protocol);
  reactor.stop();
  runUntil([&] { return !reactor.running(); });
  EXPECT_THAT(protocol->calls, ElementsAre("start", "stop"));
  EXPECT_FALSE(port->connected());
}

TEST_F(UDPLife, OutlivesItsReactor) {
  std::shared_ptr<DatagramTransport> port;
  Address host;
  {
    Reactor other{ReactorOptions{.log = &captured.log, .installSignalHandlers = false}};
    port = other.listenUDP(0, protocol, {.interface = "127.0.0.1"});
    host = port->getHost();
    port->write("never read", host);
  }
  EXPECT_THAT(protocol->calls, ElementsAre("start", "stop"));
  EXPECT_NO_THROW(port->write("x", host));
  EXPECT_NO_THROW(port->joinGroup("228.0.0.5").addErrback([](const Failure&) {}));
  EXPECT_EQ(port->getHost(), host);
  EXPECT_EQ(port->getTTL(), 1);
}

TEST_F(UDPLife, RefusesToListenWhileItsReactorStops) {
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
    EXPECT_THROW(listenUDP(protocol), CannotListenError);
    protocol->calls.push_back("refused");
  });
  reactor.stop();
  runUntil([&] { return !reactor.running(); });
  EXPECT_THAT(protocol->calls, ElementsAre("refused"));
}

}  // namespace
}  // namespace plait::testing
