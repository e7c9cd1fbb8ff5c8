#include <gmock/gmock.h>

#include <plait/tls/detail/host_name.hpp>
#include <stdexcept>

#include "support/errors.hpp"

namespace plait::testing {
namespace {

using detail::parseHostName;
using ::testing::HasSubstr;

std::string complaintAbout(std::string_view hostname) {
  return errorOf<std::invalid_argument>([&] { parseHostName(hostname); });
}

TEST(HostName, IsANameInLowerCase) {
  EXPECT_EQ(parseHostName("WWW.Example.com").text, "www.example.com");
  EXPECT_FALSE(parseHostName("WWW.Example.com").isAddress);
  EXPECT_EQ(parseHostName("localhost").text, "localhost");
  EXPECT_EQ(parseHostName("my_host-1.example").text, "my_host-1.example");
}

TEST(HostName, LosesTheDotOfTheRoot) {
  EXPECT_EQ(parseHostName("example.com.").text, "example.com");
  EXPECT_EQ(parseHostName("bücher.example.").text, "xn--bcher-kva.example");
}

TEST(HostName, MayBeAnAddress) {
  EXPECT_TRUE(parseHostName("192.0.2.1").isAddress);
  EXPECT_EQ(parseHostName("192.0.2.1").text, "192.0.2.1");
  EXPECT_TRUE(parseHostName("::1").isAddress);
  EXPECT_EQ(parseHostName("fe80::1%eth0").text, "fe80::1");
}

TEST(HostName, IsEncodedAsIDNASays) {
  EXPECT_EQ(parseHostName("Bücher.example").text, "xn--bcher-kva.example");
  EXPECT_EQ(parseHostName("bu\u0308cher.example").text, "xn--bcher-kva.example");  // composed
  EXPECT_EQ(parseHostName("faß.example").text, "xn--fa-hia.example");  // not "fass", as in 2003
  EXPECT_EQ(parseHostName("例え.テスト").text, "xn--r8jz45g.xn--zckzah");
}

TEST(HostName, ThatCannotBeOneIsAnError) {
  EXPECT_EQ(
      complaintAbout("*.example.com"),
      "invalid hostname: '*.example.com' has more in it than letters, digits, '-', '_' and '.'");
  for (std::string_view bad :
       {std::string_view("[::1]"), std::string_view("example.com:443"), std::string_view("a b"),
        std::string_view("a\0b", 3), std::string_view("ü\0b", 4), std::string_view("a..b"),
        std::string_view(".example.com"), std::string_view("."),
        std::string_view("\xFF\xFE.example")}) {
    EXPECT_THAT(complaintAbout(bad), HasSubstr("invalid hostname: '"));
  }
  EXPECT_THAT(complaintAbout(std::string(64, 'a')), HasSubstr("more than 63"));
}

TEST(HostName, HasAtMost253Characters) {
  std::string name = "a";
  while (name.size() < 253) name += ".a";
  EXPECT_EQ(parseHostName(name).text, name);
  EXPECT_THAT(complaintAbout(name + "b"), HasSubstr("longer than 253"));
}

}  // namespace
}  // namespace plait::testing
