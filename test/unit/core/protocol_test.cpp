#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/core/factory.hpp>
#include <plait/core/process_protocol.hpp>
#include <plait/core/protocol.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace plait {
namespace {

using testing::RecordingProtocol;
using testing::StringTransport;

TEST(Protocol, HasNoTransportBeforeItIsConnected) {
  const Protocol protocol;
  EXPECT_THROW(protocol.transport(), std::logic_error);
  EXPECT_FALSE(protocol.connected());
}

TEST(Protocol, HasNoFactoryUntilItIsGivenOne) {
  Protocol protocol;
  EXPECT_FALSE(protocol.hasFactory());
  EXPECT_THROW(protocol.factory(), std::logic_error);
  auto factory = Factory::forProtocol<Protocol>();
  protocol.setFactory(factory);
  EXPECT_TRUE(protocol.hasFactory());
  EXPECT_EQ(&protocol.factory(), factory.get());
}

TEST(Protocol, IsToldOnceItHasItsTransport) {
  struct Greeter : Protocol {
    void connectionMade() override { transport().write("hello"); }
  };
  auto transport = std::make_shared<StringTransport>();
  Greeter protocol;
  protocol.makeConnection(transport);
  EXPECT_EQ(transport->value(), "hello");
  EXPECT_EQ(&protocol.transport(), transport.get());
}

TEST(Protocol, IsConnectedAsLongAsItsTransportIs) {
  auto transport = std::make_shared<StringTransport>();
  RecordingProtocol protocol;
  protocol.makeConnection(transport);
  EXPECT_EQ(protocol.made, 1);
  EXPECT_TRUE(protocol.connected());
  transport->setConnected(false);
  EXPECT_FALSE(protocol.connected());
}

TEST(Protocol, KeepsItsTransportAlive) {
  auto transport = std::make_shared<StringTransport>();
  const std::weak_ptr<StringTransport> watch = transport;
  auto protocol = std::make_shared<Protocol>();
  protocol->makeConnection(std::move(transport));
  EXPECT_EQ(toString(protocol->transport().getPeer()), "192.168.1.1:54321");
  protocol.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Protocol, HandsItsConnectionOverToAnother) {
  auto transport = std::make_shared<StringTransport>();
  RecordingProtocol first;
  auto next = std::make_shared<RecordingProtocol>();
  EXPECT_THROW(first.handOver(next), std::logic_error) << "there is no connection yet";
  first.makeConnection(transport);
  first.handOver(next, "unread");
  EXPECT_EQ(transport->protocol(), next);
  EXPECT_EQ(transport->unread(), "unread");
  EXPECT_EQ(next->made, 1);
  EXPECT_EQ(&next->transport(), transport.get());
  EXPECT_EQ(first.lost, 0);
  transport->switchProtocol(nullptr);  // the two would keep each other
}

TEST(Protocol, IsCalledByItsClassInLogs) {
  EXPECT_EQ(RecordingProtocol().logPrefix(), "plait::testing::RecordingProtocol");
  EXPECT_EQ(Protocol().logPrefix(), "plait::Protocol");
}

TEST(Protocol, TakesEveryEventWithoutOverrides) {
  Protocol protocol;
  protocol.makeConnection(std::make_shared<StringTransport>());
  protocol.dataReceived("data");
  protocol.connectionLost(connectionDone());
}

struct Child : ProcessProtocol {};

TEST(ProcessProtocol, TakesEveryEventWithoutOverrides) {
  Child child;
  EXPECT_THROW(child.transport(), std::logic_error);
  for (int descriptor : {0, 1, 2, 3}) {
    child.childDataReceived(descriptor, "data");
    child.childConnectionLost(descriptor);
  }
  child.processExited(connectionDone());
  child.processEnded(connectionDone());
  EXPECT_EQ(child.logPrefix(), "plait::(anonymous namespace)::Child");
}

struct Counter : Protocol {
  int count = 0;
};

TEST(Weakly, CallsWhileItsObjectLives) {
  auto counter = std::make_shared<Counter>();
  auto call = weakly(counter.get(), [](Counter& self) { ++self.count; });
  call();
  call();
  EXPECT_EQ(counter->count, 2);
  EXPECT_EQ(counter.use_count(), 1);
}

TEST(Weakly, DoesNothingOnceItsObjectIsGone) {
  auto counter = std::make_shared<Counter>();
  int calls = 0;
  auto call = weakly(counter.get(), [&](Counter&) { ++calls; });
  counter.reset();
  call();
  EXPECT_EQ(calls, 0);
}

TEST(Weakly, PassesArgumentsOn) {
  auto counter = std::make_shared<Counter>();
  auto call = weakly(counter.get(), [](Counter& self, int by, std::unique_ptr<int> more) {
    self.count += by + *more;
  });
  call(2, std::make_unique<int>(3));
  EXPECT_EQ(counter->count, 5);
}

TEST(Weakly, KeepsItsObjectAliveDuringTheCall) {
  auto counter = std::make_shared<Counter>();
  auto call = weakly(counter.get(), [&](Counter& self) {
    counter.reset();
    self.count = 1;
  });
  call();
  EXPECT_EQ(counter, nullptr);
}

}  // namespace
}  // namespace plait
