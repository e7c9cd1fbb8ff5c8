#include <gtest/gtest.h>

#include <plait/endpoints/idna.hpp>
#include <stdexcept>

namespace plait {
namespace {

std::string complaint(std::string_view hostname) {
  try {
    return "none: " + hostnameToASCII(hostname);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(HostnameToASCII, LeavesASCIINamesAlone) {
  for (const char* name : {"example.com", "localhost", "Example.COM", "a", "_sip._tcp.example.com",
                           "xn--bcher-kva.example", "example.com.", "1and1.com", "a-b"}) {
    EXPECT_EQ(hostnameToASCII(name), name);
  }
}

TEST(HostnameToASCII, EncodesOthers) {
  EXPECT_EQ(hostnameToASCII("b\u00fccher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(hostnameToASCII("B\u00dcCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(hostnameToASCII("stra\u00dfe.example"), "xn--strae-oqa.example") << "IDNA 2008";
  EXPECT_EQ(hostnameToASCII("bu\u0308cher.example"), "xn--bcher-kva.example") << "composed first";
  EXPECT_EQ(hostnameToASCII("\u4f8b\u3048.\u30c6\u30b9\u30c8"), "xn--r8jz45g.xn--zckzah");
}

TEST(HostnameToASCII, RefusesWhatIsNoName) {
  EXPECT_EQ(complaint(""), "invalid hostname: '' is empty");
  EXPECT_EQ(complaint("."), "invalid hostname: '.' is empty");
  EXPECT_EQ(complaint("a..b"), "invalid hostname: 'a..b' has nothing between two dots");
  EXPECT_EQ(complaint(".a"), "invalid hostname: '.a' has nothing between two dots");
  for (const char* name : {"a b", "a/b", "a:80", "user@a", "a\n", "a%b", "[::1]", "a\\b", "a?b"}) {
    EXPECT_TRUE(complaint(name).ends_with("has characters that no host name has")) << name;
  }
  EXPECT_TRUE(complaint(std::string_view("a\0b", 3)).ends_with("no host name has"));
}

TEST(HostnameToASCII, RefusesWhatIsTooLong) {
  const std::string label(63, 'a');
  EXPECT_EQ(hostnameToASCII(label), label);
  EXPECT_TRUE(complaint(label + "a").ends_with("has more than 63 characters without a dot"));
  const std::string name = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  EXPECT_EQ(hostnameToASCII(name), name);
  EXPECT_EQ(hostnameToASCII(name + '.'), name + '.');
  EXPECT_TRUE(complaint(name + 'b').ends_with("is longer than 253 characters"));
}

TEST(HostnameToASCII, RefusesWhatIDNARefuses) {
  EXPECT_TRUE(complaint("\xff\xfe").starts_with("invalid hostname: ")) << "no UTF-8";
  EXPECT_TRUE(complaint("-\u00fc").starts_with("invalid hostname: "));
  EXPECT_TRUE(
      complaint(std::string("\u00fc") + std::string(63, 'a')).starts_with("invalid hostname: "));
}

}  // namespace
}  // namespace plait
