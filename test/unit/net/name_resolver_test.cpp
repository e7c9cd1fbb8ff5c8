#include <plait/core/name_resolver.hpp>
#include <plait/deferred/deferred.hpp>

#include "support/held_lookup.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

using Addresses = std::vector<Address>;

class Names : public NetTest {
 protected:
  /// What comes of a lookup: "127.0.0.1 127.0.0.2", or the failure's message.
  std::string resolve(std::string host, AddressFamily family = AddressFamily::any) {
    std::optional<std::string> outcome;
    reactor.nameResolver().resolve(std::move(host), family).addBoth([&](Result<Addresses> result) {
      outcome = describe(result);
    });
    runUntil([&] { return outcome.has_value(); });
    return *outcome;
  }

  static std::string describe(const Result<Addresses>& result) {
    if (!result.success()) return result.failure().getErrorMessage();
    std::string all;
    for (const Address& address : result.value()) {
      all += (all.empty() ? "" : " ") + address.host();
    }
    return all;
  }
};

TEST_F(Names, AreLookedUpBySystem) {
  EXPECT_EQ(resolve("localhost", AddressFamily::ipv4), "127.0.0.1");
}

TEST_F(Names, MayHaveIPv6Addresses) {
  HeldLookup lookup({"2001:db8::1", "127.0.0.1"});
  lookup.release();
  EXPECT_EQ(resolve("both.held"), "2001:db8::1 127.0.0.1");
}

TEST_F(Names, AnUnknownOneIsADNSLookupError) {
  EXPECT_THAT(resolve("no-such-host.invalid"),
              ::testing::StartsWith("cannot look up no-such-host.invalid: "));
}

TEST_F(Names, ALiteralIsItsOwnAddressAtOnce) {
  bool known = false;
  reactor.nameResolver().resolve("::1").addCallback(
      [&](const Addresses& found) { known = found == Addresses{*IPv6Address::parse("::1")}; });
  EXPECT_TRUE(known);
}

TEST_F(Names, ACancelledLookupIsDroppedAtOnce) {
  HeldLookup lookup({"127.0.0.1"});
  std::optional<Failure> why;
  auto answer = reactor.nameResolver().resolve("slow.held");
  auto handled = answer.addBoth([&](Result<Addresses> result) { why = result.failure(); });
  handled.cancel();
  ASSERT_TRUE(why);
  EXPECT_TRUE(why->check<CancelledError>());
}

TEST_F(Names, LookupsThatHangAndAreGivenUpDoNotHoldUpOthers) {
  HeldLookup lookup({"127.0.0.1"});
  std::vector<Deferred<void>> hanging;
  for (int i = 0; i < 8; ++i) {
    hanging.push_back(
        reactor.nameResolver().resolve("slow.held").addBoth([](Result<Addresses>) {}));
  }
  runUntil([&] { return lookup.waiting() == 4; });
  for (auto& each : hanging) each.cancel();
  EXPECT_EQ(resolve("localhost", AddressFamily::ipv4), "127.0.0.1");
}

TEST_F(Names, BeyondTenThousandThatWaitTheNextFailsAtOnce) {
  HeldLookup lookup({"127.0.0.1"});
  Reactor own(kNoSignals);  // which goes before they are released, and with it those that wait
  const auto ask = [&] { return own.nameResolver().resolve("slow.held"); };
  std::vector<Deferred<Addresses>> held;
  for (int i = 0; i < 4; ++i) held.push_back(ask());
  plait::testing::runUntil(own, [&] { return lookup.waiting() == 4; });  // as many as are at work
  for (int i = 0; i < 10'000; ++i) held.push_back(ask());
  std::string outcome;
  ask().addBoth([&](Result<Addresses> result) { outcome = describe(result); });
  EXPECT_EQ(outcome, "cannot look up slow.held: too many lookups are waiting");
  EXPECT_FALSE(held.back().called());
}

TEST_F(Names, AStopDoesNotWaitForALookup) {
  HeldLookup lookup({"127.0.0.1"});
  reactor.nameResolver().resolve("slow.held").addBoth([](Result<Addresses>) {});
  runUntil([&] { return lookup.waiting() == 1; });  // returns: the reactor was stopped
}

TEST_F(Names, ThoseWhoWaitMayOutliveTheReactor) {
  HeldLookup lookup({"127.0.0.1"});
  std::optional<Deferred<Addresses>> answer;
  {
    Reactor shortLived;
    answer = shortLived.nameResolver().resolve("slow.held");
  }
  bool cancelled = false;
  answer->addErrback([&](const Failure&) {
    cancelled = true;
    return Addresses();
  });
  answer->cancel();
  EXPECT_TRUE(cancelled);
}

/// Knows every name, at once.
class KnowsAll : public NameResolver {
 public:
  Deferred<Addresses> resolve(std::string host, AddressFamily) override {
    asked.push_back(std::move(host));
    Deferred<Addresses> answer;
    answer.callback(Addresses{IPv4Address{{127, 0, 0, 1}}});
    return answer;
  }
  std::vector<std::string> asked;
};

TEST_F(Names, AnotherResolverMayTakeThePlaceOfTheSystems) {
  const auto mine = std::make_shared<KnowsAll>();
  EXPECT_EQ(reactor.installNameResolver(mine), nullptr);
  EXPECT_EQ(&reactor.nameResolver(), mine.get());
  auto server = ScriptedFactory::make();
  auto client = ScriptedFactory::make();
  auto port = listen(server);
  reactor.connectTCP("nowhere.example", port->getHost().port(), client);
  runUntil([&] { return server->connected() && client->connected(); });
  EXPECT_THAT(mine->asked, ::testing::ElementsAre("nowhere.example"));
  EXPECT_EQ(reactor.installNameResolver(nullptr), mine);
  EXPECT_NE(&reactor.nameResolver(), mine.get());
}

/// Knows none, and says so at once.
class KnowsNothing : public NameResolver {
 public:
  Deferred<Addresses> resolve(std::string host, AddressFamily) override {
    Deferred<Addresses> answer;
    answer.errback(Failure(DNSLookupError(host, "I know nothing")));
    return answer;
  }
};

TEST_F(Names, AResolverThatFailsAtOnceDoesNotFailTheConnectFromInside) {
  reactor.installNameResolver(std::make_shared<KnowsNothing>());
  auto client = ScriptedFactory::make();
  reactor.connectTCP("nowhere.example", 1, client);
  EXPECT_EQ(client->failures, 0);
  runUntil([&] { return client->failures == 1; });
  EXPECT_TRUE(client->failed->check<DNSLookupError>());
}

}  // namespace
}  // namespace plait::testing
