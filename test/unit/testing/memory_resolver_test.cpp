#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/memory_resolver.hpp>
#include <stdexcept>

namespace plait::testing {
namespace {

std::vector<std::string> hosts(const std::vector<Address>& addresses) {
  std::vector<std::string> all;
  for (const Address& address : addresses) all.push_back(address.host());
  return all;
}

using Hosts = std::vector<std::string>;

TEST(MemoryResolver, AnswersAtOnceWhatItKnows) {
  MemoryResolver resolver;
  resolver.add("example.com", {"2001:db8::1", "192.0.2.1", "192.0.2.2"});
  EXPECT_EQ(hosts(successResultOf(resolver.resolve("example.com"))),
            (Hosts{"2001:db8::1", "192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(hosts(successResultOf(resolver.resolve("example.com", AddressFamily::ipv4))),
            (Hosts{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(hosts(successResultOf(resolver.resolve("example.com", AddressFamily::ipv6))),
            Hosts{"2001:db8::1"});
  EXPECT_EQ(resolver.waiting(), 0u);
  EXPECT_EQ(resolver.questions.size(), 3u);
}

TEST(MemoryResolver, FailsForAFamilyOfWhichItKnowsNone) {
  MemoryResolver resolver;
  resolver.add("example.com", {"192.0.2.1"});
  failureResultOf<DNSLookupError>(resolver.resolve("example.com", AddressFamily::ipv6));
}

TEST(MemoryResolver, LetsOtherQuestionsWaitForTheTest) {
  MemoryResolver resolver;
  const auto v6 = resolver.resolve("example.com", AddressFamily::ipv6);
  const auto v4 = resolver.resolve("example.com", AddressFamily::ipv4);
  EXPECT_EQ(resolver.waiting(), 2u);
  resolver.question("example.com", AddressFamily::ipv4).answer({"192.0.2.1"});
  EXPECT_EQ(hosts(successResultOf(v4)), Hosts{"192.0.2.1"});
  assertNoResult(v6);
  resolver.question("example.com", AddressFamily::ipv6).fail("no such host");
  EXPECT_EQ(failureResultOf<DNSLookupError>(v6).getErrorMessage(),
            "cannot look up example.com: no such host");
  EXPECT_THROW(resolver.question("example.com", AddressFamily::ipv6), std::logic_error);
}

TEST(MemoryResolver, SeesWhatIsCancelled) {
  MemoryResolver resolver;
  const auto answer = resolver.resolve("example.com");
  answer.cancel();
  failureResultOf(answer);
  EXPECT_EQ(resolver.waiting(), 0u);
}

TEST(MemoryResolver, RefusesWhatIsNoAddress) {
  MemoryResolver resolver;
  EXPECT_THROW(resolver.add("example.com", {"here"}), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
