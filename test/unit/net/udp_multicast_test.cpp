#include <ifaddrs.h>
#include <net/if.h>

#include "support/datagrams.hpp"

namespace plait::testing {
namespace {

constexpr const char* kGroup = "228.0.0.5";
constexpr const char* kLoopback = "127.0.0.1";

/// The failure of a Deferred; "" when it has none.
std::string failureOf(Deferred<void> done) {
  std::string text;
  done.addErrback([&](const Failure& failure) {
    failure.trap<MulticastJoinError>();
    text = failure.getErrorMessage();
  });
  return text;
}

/// Groups on the loopback interface.
class Multicast : public DatagramTest {
 protected:
  Multicast() { sender->setOutgoingInterface(kLoopback); }

  Address group(const Port& port) { return *IPv4Address::parse(kGroup, port->getHost().port()); }

  Protocol hearer = makeProtocol();
  Protocol deaf = makeProtocol();
  // A group's datagrams reach ports bound to all addresses, or to the group's.
  Port port = reactor.listenMulticast(0, hearer, {.interface = kGroup, .listenMultiple = true});
  Port deafPort = reactor.listenMulticast(port->getHost().port(), deaf,
                                          {.interface = kGroup, .listenMultiple = true});
  Protocol answers = makeProtocol();
  Port sender = listenUDP(answers);
};

TEST_F(Multicast, HearsAGroupItHasJoined) {
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, kLoopback)), "");
  sender->write("hello all", group(port));
  runUntilReceived(hearer, 1);
  EXPECT_EQ(hearer->received[0].bytes, "hello all");
  EXPECT_EQ(hearer->received[0].from, sender->getHost());
  runWhatIsReady();
  EXPECT_TRUE(deaf->received.empty());  // it has not joined
}

TEST_F(Multicast, HearsItNoMoreWhenItHasLeft) {
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, kLoopback)), "");
  EXPECT_EQ(failureOf(deafPort->joinGroup(kGroup, kLoopback)), "");
  EXPECT_EQ(failureOf(port->leaveGroup(kGroup, kLoopback)), "");
  sender->write("for those who stay", group(port));
  runUntilReceived(deaf, 1);
  runWhatIsReady();
  EXPECT_TRUE(hearer->received.empty());
}

TEST_F(Multicast, JoinsByTheNameOfAnInterface) {
  char name[IF_NAMESIZE];
  ASSERT_NE(::if_indextoname(1, name), nullptr);
  ASSERT_STREQ(name, "lo");
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, name)), "");
  sender->setOutgoingInterface(name);
  EXPECT_EQ(sender->getOutgoingInterface(), name);
  sender->write("by name", group(port));
  runUntilReceived(hearer, 1);
}

TEST_F(Multicast, IsNotHeardByItsOwnHostWithoutLoopback) {
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, kLoopback)), "");
  EXPECT_TRUE(sender->getLoopbackMode());
  sender->setLoopbackMode(false);
  EXPECT_FALSE(sender->getLoopbackMode());
  sender->setLoopbackMode(true);
  sender->write("heard", group(port));
  runUntilReceived(hearer, 1);
}

TEST_F(Multicast, KeepsItsTTL) {
  EXPECT_EQ(port->getTTL(), 1);
  for (int ttl : {0, 5, 255}) {
    port->setTTL(ttl);
    EXPECT_EQ(port->getTTL(), ttl);
  }
  EXPECT_THROW(port->setTTL(-1), std::invalid_argument);
  EXPECT_THROW(port->setTTL(256), std::invalid_argument);
  EXPECT_EQ(port->getTTL(), 255);
}

TEST_F(Multicast, SaysWhyAGroupCannotBeJoined) {
  EXPECT_EQ(failureOf(port->joinGroup("127.0.0.1")),
            "cannot join group 127.0.0.1: it is no multicast address");
  EXPECT_EQ(failureOf(port->joinGroup("example.com")),
            "cannot join group example.com: it is no multicast address");
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, "nosuch0")),
            "cannot join group 228.0.0.5 on nosuch0: there is no interface 'nosuch0'");
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, "192.0.2.200")),
            "cannot join group 228.0.0.5 on 192.0.2.200: there is no interface '192.0.2.200'");
  EXPECT_EQ(failureOf(port->leaveGroup(kGroup, kLoopback)),
            "cannot leave group 228.0.0.5 on 127.0.0.1: Cannot assign requested address");
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, kLoopback)), "");
  EXPECT_EQ(failureOf(port->joinGroup(kGroup, kLoopback)),
            "cannot join group 228.0.0.5 on 127.0.0.1: Address already in use");
  EXPECT_NE(failureOf(port->joinGroup("ff02::1", "lo")), "");
  port->stopListening();
  EXPECT_EQ(failureOf(port->joinGroup(kGroup)), "cannot join group 228.0.0.5: the port is closed");
}

TEST_F(Multicast, RefusesAnOutgoingInterfaceThatIsNotThere) {
  EXPECT_THROW(port->setOutgoingInterface("nosuch0"), std::invalid_argument);
  EXPECT_EQ(port->getOutgoingInterface(), "");
  EXPECT_NO_THROW(sender->setOutgoingInterface(""));
  EXPECT_EQ(sender->getOutgoingInterface(), "");
}

/// An interface that has IPv6 and takes multicasts; "" when there is none.
std::string multicastInterface() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return "";
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* each = list; each; each = each->ifa_next) {
    const bool fits = (each->ifa_flags & (IFF_MULTICAST | IFF_UP)) == (IFF_MULTICAST | IFF_UP);
    if (fits && each->ifa_addr && each->ifa_addr->sa_family == AF_INET6) return each->ifa_name;
  }
  return "";
}

TEST_F(Multicast, HearsAnIPv6GroupOfItsScope) {
  const std::string interface = multicastInterface();
  if (interface.empty()) GTEST_SKIP() << "no interface takes IPv6 multicasts";
  // ff01 is the scope of one machine: nothing leaves it.
  auto six = makeProtocol();
  auto sixPort = listenOn("ff01::5%" + interface, six);
  EXPECT_EQ(failureOf(sixPort->joinGroup("ff01::5%" + interface)), "");
  auto source = listenOn("::", makeProtocol());
  EXPECT_EQ(source->getTTL(), 1);
  source->setTTL(0);
  EXPECT_EQ(source->getTTL(), 0);
  source->setOutgoingInterface(interface);
  source->write("six", sixPort->getHost());
  runUntilReceived(six, 1);
  EXPECT_EQ(six->received[0].bytes, "six");
  const Address from = six->received[0].from;
  EXPECT_EQ(from.port(), source->getHost().port());
  EXPECT_EQ(from.as<IPv6Address>()->octets[0] == 0xfe, from.as<IPv6Address>()->scopeID != 0);
  EXPECT_EQ(failureOf(sixPort->leaveGroup("ff01::5", interface)), "");
}

}  // namespace
}  // namespace plait::testing
