#include <plait/endpoints/errors.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<std::string>;

struct HostnameEndpointTest : EndpointTest {
  static constexpr const char* kV6 = "2001:db8::1";
  static constexpr const char* kOtherV6 = "2001:db8::2";
  static constexpr const char* kV4 = "192.0.2.1";
  static constexpr const char* kOtherV4 = "192.0.2.2";

  Protocols connect(HostnameOptions options = {}) {
    return HostnameEndpoint(reactor, "example.com", 80, std::move(options)).connect(client);
  }
  MemoryResolver::Question& question(AddressFamily family) {
    return reactor.resolver.question("example.com", family);
  }
  MemoryConnector& attempt(std::size_t index) { return *reactor.tcpClients.at(index); }
  /// Where it has tried to connect to, in this order.
  Addresses tried() const {
    Addresses all;
    for (const auto& client : reactor.tcpClients) all.push_back(client->getDestination().host());
    return all;
  }
  void expectNothingLeft() {
    EXPECT_EQ(reactor.pendingCalls(), 0u);
    EXPECT_EQ(reactor.resolver.waiting(), 0u);
    EXPECT_EQ(client->starts, client->stops);
  }
};

// --- Lookups ---------------------------------------------------------------------------

TEST_F(HostnameEndpointTest, AsksForBothFamiliesAtOnce) {
  const auto connecting = connect();
  ASSERT_EQ(reactor.resolver.questions.size(), 2u);
  EXPECT_EQ(reactor.resolver.questions[0]->family(), AddressFamily::ipv6);
  EXPECT_EQ(reactor.resolver.questions[1]->family(), AddressFamily::ipv4);
  EXPECT_EQ(reactor.resolver.questions[0]->host(), "example.com");
  EXPECT_TRUE(tried().empty());
}

TEST_F(HostnameEndpointTest, BeginsWithIPv6AsSoonAsThatIsThere) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({kV6});
  EXPECT_EQ(tried(), Addresses{kV6});
}

TEST_F(HostnameEndpointTest, WaitsALittleForIPv6WhenIPv4IsThereFirst) {
  const auto connecting = connect();
  question(AddressFamily::ipv4).answer({kV4});
  reactor.advance(50ms - 1ns);
  EXPECT_TRUE(tried().empty());
  reactor.advance(1ns);
  EXPECT_EQ(tried(), Addresses{kV4});
}

TEST_F(HostnameEndpointTest, BeginsWithIPv6ThatComesWithinTheDelay) {
  const auto connecting = connect();
  question(AddressFamily::ipv4).answer({kV4});
  reactor.advance(49ms);
  question(AddressFamily::ipv6).answer({kV6});
  EXPECT_EQ(tried(), Addresses{kV6});
  reactor.advance(1ms);
  EXPECT_EQ(tried(), Addresses{kV6}) << "the delay is no reason to try another";
  reactor.advance(249ms);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
}

TEST_F(HostnameEndpointTest, WaitsNoLongerWhenThereIsNoIPv6) {
  const auto connecting = connect();
  question(AddressFamily::ipv4).answer({kV4});
  question(AddressFamily::ipv6).fail();
  EXPECT_EQ(tried(), Addresses{kV4});
}

TEST_F(HostnameEndpointTest, WaitsForIPv4WhenThereIsNoIPv6) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({});
  reactor.advance(1s);
  EXPECT_TRUE(tried().empty());
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(tried(), Addresses{kV4});
}

TEST_F(HostnameEndpointTest, TriesWhatIsLookedUpLater) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({kV6});
  reactor.advance(100ms);
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(tried(), Addresses{kV6}) << "the first still has its head start";
  reactor.advance(150ms);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
}

TEST_F(HostnameEndpointTest, TriesAtOnceWhatIsLookedUpAfterTheHeadStart) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({kV6});
  reactor.advance(1s);
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
}

TEST_F(HostnameEndpointTest, TriesAtOnceWhatIsLookedUpAfterAllHaveFailed) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({kV6});
  refuse(attempt(0));
  assertNoResult(connecting);
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
}

TEST_F(HostnameEndpointTest, FailsWhenTheNameIsUnknown) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).fail();
  assertNoResult(connecting);
  question(AddressFamily::ipv4).fail();
  EXPECT_EQ(failureResultOf<DNSLookupError>(connecting).getErrorMessage(),
            "cannot look up example.com: Name or service not known");
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, FailsWhenTheNameHasNoAddresses) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({});
  question(AddressFamily::ipv4).answer({});
  EXPECT_EQ(failureResultOf<DNSLookupError>(connecting).getErrorMessage(),
            "cannot look up example.com: it has no addresses");
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, LooksNoAddressUp) {
  const auto v4 = HostnameEndpoint(reactor, "192.0.2.1", 80).connect(client);
  const auto v6 = HostnameEndpoint(reactor, "::1", 80).connect(client);
  EXPECT_TRUE(reactor.resolver.questions.empty());
  EXPECT_EQ(tried(), (Addresses{"192.0.2.1", "::1"}));
  EXPECT_EQ(toString(attempt(1).getDestination()), "[::1]:80");
}

TEST_F(HostnameEndpointTest, LooksUpOneFamilyWhenAskedTo) {
  const auto connecting = connect({.family = AddressFamily::ipv4});
  EXPECT_EQ(reactor.resolver.questions.size(), 1u);
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(tried(), Addresses{kV4}) << "there is nothing to wait for";
}

TEST_F(HostnameEndpointTest, LooksUpTheFamilyOfItsBindAddress) {
  const auto connecting = connect({.bindAddress = IPv4Address{{10, 0, 0, 2}, 0}});
  ASSERT_EQ(reactor.resolver.questions.size(), 1u);
  question(AddressFamily::ipv4).answer({kV4});
  EXPECT_EQ(toString(attempt(0).options().bindAddress), "10.0.0.2:0");
}

TEST_F(HostnameEndpointTest, EncodesInternationalNames) {
  HostnameEndpoint endpoint(reactor, "b\u00fccher.example", 80);
  const auto connecting = endpoint.connect(client);
  EXPECT_EQ(reactor.resolver.questions.at(0)->host(), "xn--bcher-kva.example");
}

TEST_F(HostnameEndpointTest, FailsForWhatIsNoName) {
  HostnameEndpoint endpoint(reactor, "no host", 80);
  EXPECT_TRUE(failureResultOf<std::invalid_argument>(endpoint.connect(client))
                  .getErrorMessage()
                  .starts_with("invalid hostname: "));
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, AsksTheResolverInPlace) {
  const auto other = std::make_shared<MemoryResolver>();
  reactor.installNameResolver(other);
  const auto connecting = connect();
  EXPECT_EQ(other->questions.size(), 2u);
  EXPECT_TRUE(reactor.resolver.questions.empty());
}

TEST_F(HostnameEndpointTest, SurvivesAResolverThatThrows) {
  struct Broken : NameResolver {
    Deferred<std::vector<Address>> resolve(std::string, AddressFamily) override {
      throw std::runtime_error("no resolver");
    }
  };
  reactor.installNameResolver(std::make_shared<Broken>());
  failureResultOf<std::runtime_error>(connect());
  expectNothingLeft();
}

// --- The race --------------------------------------------------------------------------

TEST_F(HostnameEndpointTest, TriesTheNextAfterAQuarterOfASecond) {
  reactor.resolver.add("example.com", {kV6, kV4, kOtherV4});
  const auto connecting = connect();
  EXPECT_EQ(tried(), Addresses{kV6});
  reactor.advance(250ms - 1ns);
  EXPECT_EQ(tried(), Addresses{kV6});
  reactor.advance(1ns);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
  reactor.advance(250ms);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4, kOtherV4}));
  EXPECT_EQ(attempt(0).state(), State::connecting) << "it goes on beside the others";
}

TEST_F(HostnameEndpointTest, TakesTurnsBetweenTheFamilies) {
  reactor.resolver.add("example.com", {kV4, kOtherV4, kV6, kOtherV6});
  const auto connecting = connect({.attemptDelay = 10ms});
  reactor.pump({10ms, 10ms, 10ms});
  EXPECT_EQ(tried(), (Addresses{kV6, kV4, kOtherV6, kOtherV4}));
}

TEST_F(HostnameEndpointTest, TriesTheNextAtOnceWhenOneFails) {
  reactor.resolver.add("example.com", {kV6, kV4, kOtherV4});
  const auto connecting = connect();
  reactor.advance(100ms);
  refuse(attempt(0));
  EXPECT_EQ(tried(), (Addresses{kV6, kV4}));
  reactor.advance(250ms - 1ns);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4})) << "which has a head start of its own";
  reactor.advance(1ns);
  EXPECT_EQ(tried(), (Addresses{kV6, kV4, kOtherV4}));
}

TEST_F(HostnameEndpointTest, GivesTheFirstConnectionAndCancelsTheOthers) {
  reactor.resolver.add("example.com", {kV6, kV4, kOtherV4});
  client->greeting = "hello";
  const auto connecting = connect();
  reactor.advance(250ms);
  MemoryConnection& connection = accept(attempt(1));
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
  EXPECT_EQ(client->addresses.size(), 1u);
  EXPECT_EQ(attempt(0).state(), State::disconnected);
  EXPECT_EQ(attempt(1).state(), State::connected);
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  connection.flush();
  EXPECT_EQ(server->protocols.at(0)->data, "hello");
  EXPECT_EQ(&client->protocols[0]->factory(), client.get());
  client->protocols[0]->transport().loseConnection();
  connection.flush();
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
}

TEST_F(HostnameEndpointTest, CancelsALookupThatIsNotNeededAnyMore) {
  const auto connecting = connect();
  question(AddressFamily::ipv6).answer({kV6});
  EXPECT_EQ(reactor.resolver.waiting(), 1u);
  accept(attempt(0));
  successResultOf(connecting);
  EXPECT_EQ(reactor.resolver.waiting(), 0u);
  EXPECT_EQ(reactor.pendingCalls(), 0u);
}

TEST_F(HostnameEndpointTest, StartsTheFactoryOnceForAllAttempts) {
  reactor.resolver.add("example.com", {kV6, kV4});
  const auto connecting = connect();
  refuse(attempt(0));
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 0);
  refuse(attempt(1));
  EXPECT_EQ(client->stops, 1);
  failureResultOf(connecting);
}

TEST_F(HostnameEndpointTest, PassesTheTransportOptionsOn) {
  reactor.resolver.add("example.com", {kV4});
  const auto connecting = connect({.transport = {.highWaterMark = 7}});
  EXPECT_EQ(attempt(0).options().transport.highWaterMark, 7u);
  EXPECT_EQ(attempt(0).options().timeout, std::nullopt) << "there is one for all";
}

// --- Failing -----------------------------------------------------------------------------

TEST_F(HostnameEndpointTest, FailsAtOnceWhenTheLastAttemptHas) {
  reactor.resolver.add("example.com", {kV6, kV4});
  const auto connecting = connect();
  refuse(attempt(0), std::errc::network_unreachable);
  assertNoResult(connecting);
  refuse(attempt(1));
  const Failure failure = failureResultOf<ConnectionRefusedError>(connecting);
  EXPECT_EQ(failure.getErrorMessage(),
            "cannot connect to example.com:80; tried [2001:db8::1]:80: Network is unreachable, "
            "192.0.2.1:80: Connection refused");
  EXPECT_EQ(failure.check<ConnectError>()->osError, std::errc::connection_refused);
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, NamesTheFirstOfVeryManyAddresses) {
  std::vector<std::string> many;
  for (int i = 1; i <= 10; ++i) many.push_back("192.0.2." + std::to_string(i));
  reactor.resolver.add("example.com", many);
  const auto connecting = connect();
  for (std::size_t i = 0; i < many.size(); ++i) refuse(attempt(i));
  const std::string message = failureResultOf(connecting).getErrorMessage();
  EXPECT_TRUE(message.ends_with("192.0.2.8:80: Connection refused and 2 more")) << message;
}

TEST_F(HostnameEndpointTest, FailsWithTheClassOfTheLastFailure) {
  reactor.resolver.add("example.com", {kV6, kV4});
  const auto connecting = connect();
  reactor.advance(250ms);
  refuse(attempt(1));
  refuse(attempt(0), std::errc::host_unreachable);
  failureResultOf<NoRouteError>(connecting);
}

TEST_F(HostnameEndpointTest, KeepsTheClassesOfFailuresThatAreNoErrorsOfTheSystem) {
  reactor.resolver.add("example.com", {kV4});
  const Address local = IPv4Address{{192, 0, 2, 99}, 0};
  auto connecting = connect();
  reactor.tcpClients.back()->fail(
      Failure(ConnectBindError(local, std::make_error_code(std::errc::address_not_available))));
  failureResultOf<ConnectBindError>(connecting);
  connecting = connect();
  reactor.tcpClients.back()->fail(Failure(TimeoutError("no answer")));
  EXPECT_EQ(failureResultOf<TimeoutError>(connecting).getErrorMessage(),
            "cannot connect to example.com:80; tried 192.0.2.1:80: no answer");
  connecting = connect();
  reactor.tcpClients.back()->fail(Failure(std::runtime_error("no reason")));
  EXPECT_EQ(failureResultOf<ConnectError>(connecting).getErrorMessage(),
            "cannot connect to example.com:80; tried 192.0.2.1:80: no reason");
}

TEST_F(HostnameEndpointTest, WaitsForTheAttemptThatIsLeft) {
  reactor.resolver.add("example.com", {kV6, kV4});
  const auto connecting = connect();
  reactor.advance(250ms);
  refuse(attempt(1));
  reactor.advance(1s);
  assertNoResult(connecting);
  accept(attempt(0));
  successResultOf(connecting);
}

TEST_F(HostnameEndpointTest, HasOneDeadlineForEverything) {
  const auto connecting = connect({.timeout = 2s});
  reactor.advance(1s);
  question(AddressFamily::ipv6).answer({kV6, kOtherV6});
  refuse(attempt(0));
  reactor.advance(1s - 1ns);
  assertNoResult(connecting);
  reactor.advance(1ns);
  EXPECT_EQ(failureResultOf<TimeoutError>(connecting).getErrorMessage(),
            "cannot connect to example.com:80: no answer within 2 s; tried [2001:db8::1]:80: "
            "Connection refused, [2001:db8::2]:80: no answer");
  EXPECT_EQ(attempt(1).state(), State::disconnected);
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, CountsALookupThatNeverAnswers) {
  const auto connecting = connect();
  reactor.advance(30s);
  EXPECT_EQ(failureResultOf<TimeoutError>(connecting).getErrorMessage(),
            "cannot connect to example.com:80: no answer within 30 s");
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, WaitsForEverWithoutADeadline) {
  const auto connecting = connect({.timeout = std::nullopt});
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  reactor.advance(24h);
  question(AddressFamily::ipv6).answer({kV6});
  reactor.advance(24h);
  accept(attempt(0));
  successResultOf(connecting);
}

TEST_F(HostnameEndpointTest, RefusesNegativeTimes) {
  failureResultOf<std::invalid_argument>(connect({.timeout = -1s}));
  failureResultOf<std::invalid_argument>(connect({.attemptDelay = -1ms}));
  failureResultOf<std::invalid_argument>(connect({.resolutionDelay = -1ms}));
}

TEST_F(HostnameEndpointTest, FailsWithNoProtocolWithoutTryingOthers) {
  reactor.resolver.add("example.com", {kV6, kV4});
  client->refuse = true;
  const auto connecting = connect();
  EXPECT_EQ(reactor.accept(attempt(0), listen()), nullptr);
  failureResultOf<NoProtocol>(connecting);
  EXPECT_EQ(tried(), Addresses{kV6});
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, FailsWithWhatConnectionMadeThrows) {
  reactor.resolver.add("example.com", {kV4});
  client->protocolThrows = true;
  const auto connecting = connect();
  accept(attempt(0)).flush();
  failureResultOf<std::runtime_error>(connecting);
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, CountsAnAttemptThatCannotBeBegun) {
  struct Broken : MemoryReactor {
    std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                          std::shared_ptr<ClientFactory> factory,
                                          ConnectOptions options) override {
      if (host == kV6) throw std::runtime_error("no sockets left");
      return MemoryReactor::connectTCP(host, port, factory, options);
    }
  } broken;
  broken.resolver.add("example.com", {kV6, kV4});
  const auto connecting = HostnameEndpoint(broken, "example.com", 80).connect(client);
  ASSERT_EQ(broken.tcpClients.size(), 1u);
  refuse(*broken.tcpClients[0]);
  EXPECT_EQ(failureResultOf<ConnectionRefusedError>(connecting).getErrorMessage(),
            "cannot connect to example.com:80; tried [2001:db8::1]:80: no sockets left, "
            "192.0.2.1:80: Connection refused");
}

// --- Cancelling --------------------------------------------------------------------------

TEST_F(HostnameEndpointTest, CancelsItsLookups) {
  const auto connecting = connect();
  connecting.cancel();
  const Failure failure = failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_EQ(failure.check<ConnectingCancelledError>()->address,
            Address(HostnameAddress{"example.com", 80}));
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, CancelsItsAttempts) {
  reactor.resolver.add("example.com", {kV6, kV4, kOtherV4});
  const auto connecting = connect();
  reactor.advance(250ms);
  connecting.cancel();
  failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_EQ(attempt(0).state(), State::disconnected);
  EXPECT_EQ(attempt(1).state(), State::disconnected);
  reactor.advance(1min);
  EXPECT_EQ(tried().size(), 2u);
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, CancelsItsResolutionDelay) {
  const auto connecting = connect();
  question(AddressFamily::ipv4).answer({kV4});
  connecting.cancel();
  reactor.advance(1s);
  failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_TRUE(tried().empty());
  expectNothingLeft();
}

TEST_F(HostnameEndpointTest, GoesOnWithoutAnybodyWhoKeepsItsResult) {
  {
    HostnameEndpoint endpoint(reactor, "example.com", 80);
    endpoint.connect(client).addErrback([](const Failure&) {});
  }
  question(AddressFamily::ipv6).answer({kV6});
  accept(attempt(0));
  EXPECT_EQ(client->protocols.at(0)->made, 1);
}

TEST_F(HostnameEndpointTest, LeavesNothingBehindWhenItsReactorGoes) {
  auto factory = std::make_shared<GreetingFactory>();
  const std::weak_ptr<GreetingFactory> alive = factory;
  {
    MemoryReactor brief;
    brief.resolver.add("known.example", {kV6, kV4});
    HostnameEndpoint(brief, "known.example", 80).connect(factory);
    HostnameEndpoint(brief, "unknown.example", 80, {.timeout = std::nullopt}).connect(factory);
    factory.reset();
    EXPECT_FALSE(alive.expired());
  }
  EXPECT_TRUE(alive.expired());
}

}  // namespace
}  // namespace plait::testing
