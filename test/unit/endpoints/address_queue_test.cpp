#include <gtest/gtest.h>

#include <plait/endpoints/detail/address_queue.hpp>

namespace plait::detail {
namespace {

const Address kV4a = *IPv4Address::parse("192.0.2.1"), kV4b = *IPv4Address::parse("192.0.2.2"),
              kV4c = *IPv4Address::parse("192.0.2.3");
const Address kV6a = *IPv6Address::parse("2001:db8::1"), kV6b = *IPv6Address::parse("2001:db8::2");

std::vector<std::string> takeAll(AddressQueue& queue) {
  std::vector<std::string> taken;
  while (!queue.empty()) taken.push_back(queue.take().host());
  return taken;
}

using Hosts = std::vector<std::string>;

TEST(AddressQueue, BeginsWithIPv6AndTakesTurns) {
  AddressQueue queue;
  queue.add({kV4a, kV4b, kV4c, kV6a, kV6b}, 80);
  EXPECT_EQ(takeAll(queue),
            (Hosts{"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"}));
}

TEST(AddressQueue, GivesEachAddressThePort) {
  AddressQueue queue;
  queue.add({kV6a, kV4a}, 443);
  EXPECT_EQ(toString(queue.take()), "[2001:db8::1]:443");
  EXPECT_EQ(toString(queue.take()), "192.0.2.1:443");
}

TEST(AddressQueue, GoesOnByTurnsWithWhatComesLater) {
  AddressQueue queue;
  queue.add({kV4a, kV4b}, 80);
  EXPECT_FALSE(queue.hasIPv6());
  EXPECT_EQ(queue.take().host(), "192.0.2.1");
  queue.add({kV6a, kV6b}, 80);
  EXPECT_TRUE(queue.hasIPv6());
  EXPECT_EQ(takeAll(queue), (Hosts{"2001:db8::1", "192.0.2.2", "2001:db8::2"}));
}

TEST(AddressQueue, TriesNoAddressTwice) {
  AddressQueue queue;
  queue.add({kV4a, kV4a, kV6a}, 80);
  EXPECT_EQ(takeAll(queue), (Hosts{"2001:db8::1", "192.0.2.1"}));
  queue.add({kV4a, kV6a}, 80);
  EXPECT_TRUE(queue.empty());
}

TEST(AddressQueue, KeepsScopes) {
  AddressQueue queue;
  IPv6Address scoped = *IPv6Address::parse("fe80::1");
  scoped.scopeID = 7;
  queue.add({scoped}, 80);
  EXPECT_EQ(queue.take().host(), "fe80::1%7");
}

TEST(AddressQueue, LeavesOutWhatIsNoIPAddress) {
  AddressQueue queue;
  queue.add({Address(), UNIXAddress{"/x"}, HostnameAddress{"a", 1}}, 80);
  EXPECT_TRUE(queue.empty());
}

TEST(AddressQueue, TakesNoEndOfAddresses) {
  AddressQueue queue;
  std::vector<Address> many;
  for (int i = 0; i < 200; ++i) many.push_back(IPv4Address{{10, 0, 0, std::uint8_t(i)}});
  queue.add(many, 80);
  EXPECT_EQ(takeAll(queue).size(), AddressQueue::kMostAddresses);
}

}  // namespace
}  // namespace plait::detail
