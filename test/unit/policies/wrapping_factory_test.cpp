#include <gtest/gtest.h>

#include <plait/policies/wrapping_factory.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>
#include <utility>

namespace plait::testing {
namespace {

/// Notes what a policy sees.
struct Seen {
  Bytes received, written;
  int lost = 0;
};

class Noting final : public ProtocolWrapper {
 public:
  Noting(std::shared_ptr<Protocol> wrapped, Seen& seen)
      : ProtocolWrapper(std::move(wrapped)), seen_(seen) {}
  void connectionLost(const Failure& reason) override {
    ++seen_.lost;
    ProtocolWrapper::connectionLost(reason);
  }

 private:
  void receiving(BytesView data) override { seen_.received += data; }
  void writing(std::span<const BytesView> pieces) override {
    for (BytesView piece : pieces) seen_.written += piece;
  }
  Seen& seen_;
};

class NotingFactory final : public WrappingFactory {
 public:
  NotingFactory(std::shared_ptr<Factory> wrapped, Seen& seen)
      : WrappingFactory(std::move(wrapped)), seen_(seen) {}

 private:
  std::shared_ptr<ProtocolWrapper> wrap(std::shared_ptr<Protocol> protocol,
                                        const Address&) override {
    return std::make_shared<Noting>(std::move(protocol), seen_);
  }
  Seen& seen_;
};

/// What is wrapped. Echoes, and notes.
struct Inner : Protocol, HalfCloseableProtocol, HandshakeListener {
  void connectionMade() override { made = true; }
  void dataReceived(BytesView data) override {
    received += data;
    transport().write(data);
  }
  void connectionLost(const Failure& reason) override {
    lost = reason;
    if (throwsWhenLost) throw std::runtime_error("a last complaint");
  }
  void readConnectionLost() override { readLost = true; }
  void writeConnectionLost() override {}
  void handshakeCompleted() override {}
  Bytes takeUnread() override { return "rest"; }

  bool made = false, readLost = false, throwsWhenLost = false;
  Bytes received;
  std::optional<Failure> lost;
};

struct InnerFactory final : ClientFactory {
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    if (refuses) return nullptr;
    last = std::make_shared<Inner>();
    return last;
  }
  void startFactory() override { ++started; }
  void stopFactory() override { ++stopped; }
  void startedConnecting(Connector&) override { ++connecting; }
  void clientConnectionFailed(Connector&, const Failure&) override { ++failed; }
  void clientConnectionLost(Connector&, const Failure&) override { ++connectionsLost; }

  bool refuses = false;
  int started = 0, stopped = 0, connecting = 0, failed = 0, connectionsLost = 0;
  std::shared_ptr<Inner> last;
};

class Wrapping : public ::testing::Test {
 protected:
  ~Wrapping() override {  // a connection's ends hold each other until the loss
    if (connected && connected->wrappedProtocol()) connected->connectionLost(connectionDone());
    transport->switchProtocol(nullptr);  // it keeps what was put in place
  }

  std::shared_ptr<Protocol> build() {
    auto wrapper = factory->makeProtocol(IPv4Address{{127, 0, 0, 1}, 1});
    inner = innerFactory->last;
    return wrapper;
  }
  std::shared_ptr<Protocol> connect() {
    connected = build();
    connected->makeConnection(transport);
    return connected;
  }

  Seen seen;
  std::shared_ptr<InnerFactory> innerFactory = std::make_shared<InnerFactory>();
  std::shared_ptr<Factory> factory = std::make_shared<NotingFactory>(innerFactory, seen);
  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Inner> inner;
  std::shared_ptr<Protocol> connected;
};

TEST_F(Wrapping, NeedsAFactory) {
  EXPECT_THROW(WrappingFactory(nullptr), std::invalid_argument);
}

TEST_F(Wrapping, LetsEverythingThroughAndShowsIt) {
  auto wrapper = connect();
  EXPECT_TRUE(inner->made);
  wrapper->dataReceived("ping");
  inner->transport().writeSequence({"a", "b"});
  inner->transport().write(share(Bytes("c")));
  EXPECT_EQ(transport->value(), "pingabc");
  EXPECT_EQ(seen.received, "ping");
  EXPECT_EQ(seen.written, "pingabc");
  wrapper->connectionLost(connectionDone());
  EXPECT_TRUE(inner->lost);
  EXPECT_EQ(seen.lost, 1);
}

TEST_F(Wrapping, PassesOnWhatIsAskedOfTheTransport) {
  auto wrapper = connect();
  Transport& seenBelow = inner->transport();
  seenBelow.setTcpNoDelay(false);
  EXPECT_FALSE(transport->getTcpNoDelay());
  EXPECT_FALSE(seenBelow.getTcpNoDelay());
  seenBelow.setTcpKeepAlive(true);
  EXPECT_TRUE(transport->getTcpKeepAlive());
  EXPECT_TRUE(seenBelow.getTcpKeepAlive());
  seenBelow.overrideAddresses(HostnameAddress{"peer", 1}, HostnameAddress{"host", 2});
  EXPECT_EQ(toString(transport->getPeer()), "peer:1");
  EXPECT_EQ(toString(seenBelow.getHost()), "host:2");
  transport->received = 7;
  EXPECT_EQ(seenBelow.bytesReceived(), 7u);
  seenBelow.failConnection(Failure(std::runtime_error("out of order")), "a timer");
  EXPECT_EQ(transport->reason().value().getErrorMessage(), "out of order");
}

TEST_F(Wrapping, GivesWhatTheProtocolHasNotReadUntilTheLoss) {
  auto wrapper = connect();
  EXPECT_EQ(wrapper->takeUnread(), "rest");
  wrapper->connectionLost(connectionDone());
  EXPECT_EQ(wrapper->takeUnread(), "");
}

TEST_F(Wrapping, WithoutAWrapperOfItsOwnChangesNothing) {
  factory = std::make_shared<WrappingFactory>(innerFactory);
  connect()->dataReceived("ping");
  EXPECT_EQ(transport->value(), "ping");
  EXPECT_EQ(&inner->factory(), innerFactory.get());
}

TEST_F(Wrapping, RefusesWhatTheWrappedFactoryRefuses) {
  innerFactory->refuses = true;
  EXPECT_EQ(build(), nullptr);
}

TEST_F(Wrapping, SetsEachProtocolsFactory) {
  auto wrapper = build();
  EXPECT_EQ(&wrapper->factory(), factory.get());
  EXPECT_EQ(&inner->factory(), innerFactory.get());
}

TEST_F(Wrapping, StartsAndStopsTheWrappedFactory) {
  factory->doStart();
  factory->doStart();
  EXPECT_EQ(innerFactory->started, 1);
  factory->doStop();
  EXPECT_EQ(innerFactory->stopped, 0);
  factory->doStop();
  EXPECT_EQ(innerFactory->stopped, 1);
}

TEST_F(Wrapping, InterfacesOfTheWrappedProtocolAreSeenThroughIt) {
  auto wrapper = connect();
  ASSERT_TRUE(wrapper->as<HalfCloseableProtocol>());
  wrapper->as<HalfCloseableProtocol>()->readConnectionLost();
  EXPECT_TRUE(inner->readLost);
  EXPECT_TRUE(wrapper->as<HandshakeListener>());
  EXPECT_EQ(wrapper->logPrefix(), inner->logPrefix());
}

TEST_F(Wrapping, TheTransportIsSeenThroughIt) {
  connect();
  EXPECT_EQ(inner->transport().as<StringTransport>(), transport.get());
  EXPECT_EQ(inner->transport().getPeer(), transport->getPeer());
}

TEST_F(Wrapping, AnEchoThatRegistersItselfIsTheTransportsOwnReading) {
  connect();
  inner->transport().registerProducer(inner->transport());
  EXPECT_EQ(transport->pushProducer(), static_cast<PushProducer*>(transport.get()));
  EXPECT_EQ(inner->transport().releaseProducer().push,
            static_cast<PushProducer*>(&inner->transport()));
}

TEST_F(Wrapping, EndsWithItsConnectionWhateverTheProtocolThrows) {
  auto wrapper = connect();
  inner->throwsWhenLost = true;
  EXPECT_THROW(wrapper->connectionLost(connectionDone()), std::runtime_error);
  EXPECT_EQ(seen.lost, 1);
  EXPECT_EQ(wrapper->wrappedProtocol(), nullptr);
  EXPECT_EQ(wrapper->logPrefix(), inner->logPrefix());
}

TEST_F(Wrapping, KeepsNobodyAliveAfterTheLoss) {
  auto wrapper = connect();
  wrapper->connectionLost(connectionDone());
  std::weak_ptr<Protocol> outer = wrapper;
  std::weak_ptr<Inner> kept = inner;
  wrapper.reset();
  connected.reset();
  EXPECT_FALSE(outer.expired()) << "the wrapped protocol's transport() still answers";
  EXPECT_EQ(inner->transport().getPeer(), transport->getPeer());
  inner.reset();
  innerFactory->last.reset();
  EXPECT_TRUE(kept.expired());
  EXPECT_TRUE(outer.expired());
}

TEST_F(Wrapping, AnotherProtocolIsWrappedInItsTurnAndNoByteIsSeenTwice) {
  auto wrapper = connect();
  wrapper->dataReceived("head");
  auto next = std::make_shared<Inner>();
  inner->handOver(next, "ad");
  EXPECT_EQ(transport->protocol(), wrapper);
  wrapper->dataReceived(transport->unread());
  wrapper->dataReceived(" and tail");
  EXPECT_EQ(next->received, "ad and tail");
  EXPECT_EQ(seen.received, "head and tail");
  wrapper->connectionLost(connectionDone());
  EXPECT_TRUE(next->lost);
  EXPECT_FALSE(inner->lost);
}

TEST_F(Wrapping, HandsOverToNobody) {
  auto wrapper = connect();
  EXPECT_THROW(inner->transport().switchProtocol(nullptr), std::invalid_argument);
  wrapper->dataReceived("still here");
  EXPECT_EQ(inner->received, "still here");
}

TEST_F(Wrapping, LetsProtocolsGoThatHaveHandedOver) {
  auto wrapper = connect();
  const std::weak_ptr<Inner> first = inner;
  for (int i = 0; i < 10; ++i) {
    const auto next = std::make_shared<Inner>();
    std::exchange(inner, next)->handOver(next, "");
  }
  innerFactory->last.reset();
  wrapper->dataReceived("later");
  EXPECT_TRUE(first.expired());
}

TEST_F(Wrapping, ServesClientsToo) {
  MemoryReactor reactor;
  auto client = std::make_shared<NotingFactory>(innerFactory, seen);
  reactor.connectTCP("127.0.0.1", 1, client);
  EXPECT_EQ(innerFactory->connecting, 1);
  reactor.tcpClients[0]->fail(Failure(ConnectError("no")));
  EXPECT_EQ(innerFactory->failed, 1);
}

}  // namespace
}  // namespace plait::testing
