#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <plait/endpoints/endpoint_description.hpp>
#include <random>

namespace plait {
namespace {

EndpointDescription parse(std::string_view text) {
  return EndpointDescription::parse(text);
}

/// What a call complains about, behind "bad endpoint '...': ".
std::string complaint(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    return text.starts_with("bad endpoint '") ? text.substr(text.find("': ") + 3) : text;
  }
  return "no complaint";
}

TEST(EndpointDescription, SplitsPrefixAndArguments) {
  auto tcp = parse("tcp:80");
  EXPECT_EQ(tcp.prefix(), "tcp");
  EXPECT_EQ(tcp.text(), "tcp:80");
  EXPECT_EQ(tcp.requirePort("port", 0), 80);
  EXPECT_EQ(tcp.take("interface", 1), std::nullopt);
  tcp.checkAllTaken();
}

TEST(EndpointDescription, TakesArgumentsByNameOrByPosition) {
  auto byName = parse("tcp:port=80:interface=127.0.0.1");
  EXPECT_EQ(byName.requirePort("port", 0), 80);
  EXPECT_EQ(byName.take("interface", 1), "127.0.0.1");
  byName.checkAllTaken();

  auto mixed = parse("tcp:80:interface=127.0.0.1");
  EXPECT_EQ(mixed.requirePort("port", 0), 80);
  EXPECT_EQ(mixed.take("interface", 1), "127.0.0.1");
  mixed.checkAllTaken();

  auto byPosition = parse("tcp:80:127.0.0.1:5");
  EXPECT_EQ(byPosition.takeNumber("backlog", 2, 1, 100), 5);
  EXPECT_EQ(byPosition.take("interface", 1), "127.0.0.1");
  EXPECT_EQ(byPosition.requirePort("port", 0), 80);
  byPosition.checkAllTaken();
}

TEST(EndpointDescription, LetsPositionalArgumentsFollowKeywords) {
  auto description = parse("a:b:d=1:c");
  EXPECT_EQ(description.prefix(), "a");
  EXPECT_EQ(description.take("first", 0), "b");
  EXPECT_EQ(description.take("second", 1), "c");
  EXPECT_EQ(description.take("d", -1), "1");
  description.checkAllTaken();
}

TEST(EndpointDescription, TakesKeywordsOnlyAtNegativePositions) {
  auto description = parse("tcp:80");
  EXPECT_EQ(description.take("port", -1), std::nullopt);
  EXPECT_EQ(description.take("port", 0), "80");
}

TEST(EndpointDescription, TakesEveryArgumentOnce) {
  auto description = parse("tcp:80:interface=x");
  EXPECT_EQ(description.take("port", 0), "80");
  EXPECT_EQ(description.take("port", 0), std::nullopt);
  EXPECT_EQ(description.take("interface", 1), "x");
  EXPECT_EQ(description.take("interface", 1), std::nullopt);
}

TEST(EndpointDescription, KeepsEmptyArguments) {
  auto description = parse("tcp::127.0.0.1:x=");
  EXPECT_EQ(description.take("port", 0), "");
  EXPECT_EQ(description.take("interface", 1), "127.0.0.1");
  EXPECT_EQ(description.take("x", -1), "");
}

TEST(EndpointDescription, TakesEscapedCharactersAsTheyAre) {
  const std::pair<const char*, const char*> paths[] = {
      {R"(unix:foo\:bar\=baz\:qux\\)", R"(foo:bar=baz:qux\)"},
      {R"(unix:\=x)", "=x"},
      {R"(unix:C\:\\tmp)", R"(C:\tmp)"},
      {R"(unix:\a\b)", "ab"},
      {R"(unix:address=foo=bar)", "foo=bar"},
      {R"(unix:address=\:\=\\)", R"(:=\)"},
      {R"(unix:address==)", "="},
      {"unix:/var/run/finger", "/var/run/finger"},
  };
  for (const auto& [text, path] : paths) {
    auto description = parse(text);
    EXPECT_EQ(description.require("address", 0), path) << text;
    description.checkAllTaken();
  }
  auto v6 = parse(R"(tcp:interface=\:\:1:port=80)");
  EXPECT_EQ(v6.require("interface", 1), "::1");
  EXPECT_EQ(v6.requirePort("port", 0), 80);
}

TEST(EndpointDescription, NestsDescriptionsByEscaping) {
  auto description = parse(R"(tls:example.com:443:endpoint=tcp\:localhost\:8443)");
  auto inner = parse(description.require("endpoint", -1));
  EXPECT_EQ(inner.prefix(), "tcp");
  EXPECT_EQ(inner.require("host", 0), "localhost");
  EXPECT_EQ(inner.requirePort("port", 1), 8443);
}

TEST(EndpointDescription, NamesTheStringItComplainsAbout) {
  try {
    parse("tcp:abc").requirePort("port", 0);
    FAIL() << "no complaint";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "bad endpoint 'tcp:abc': 'abc' is no port; it must be a number from 0 to 65535");
  }
}

TEST(EndpointDescription, RefusesStringsWithoutAType) {
  for (const char* text : {"", ":80", "a=b", "=", "tcp=80:x"}) {
    EXPECT_EQ(complaint([&] { parse(text); }), "it has no type; write tcp:PORT, for example")
        << text;
  }
}

TEST(EndpointDescription, RefusesATrailingBackslash) {
  EXPECT_EQ(complaint([] { parse("tcp:80\\"); }), "it ends in a backslash; write \\\\ for one");
  EXPECT_EQ(complaint([] { parse("\\"); }), "it ends in a backslash; write \\\\ for one");
}

TEST(EndpointDescription, RefusesArgumentsGivenTwice) {
  EXPECT_EQ(complaint([] { parse("tcp:80:x=1:x=2"); }), "'x' is given twice");
  EXPECT_EQ(complaint([] { parse("tcp:80:port=81").requirePort("port", 0); }),
            "'port' is given twice");
}

TEST(EndpointDescription, RefusesMissingArguments) {
  for (const char* text : {"tcp", "tcp:interface=x"}) {
    EXPECT_EQ(complaint([&] { parse(text).requirePort("port", 0); }), "it has no port") << text;
    EXPECT_EQ(complaint([&] { parse(text).require("port", 0); }), "it has no port") << text;
  }
  EXPECT_EQ(complaint([] { parse("unix:").require("address", 0); }), "it has no address");
}

TEST(EndpointDescription, RefusesWhatIsNoPort) {
  for (const char* text : {"tcp:", "tcp:abc", "tcp:80x", "tcp: 80", "tcp:+80", "tcp:-1",
                           "tcp:65536", "tcp:8.0", "tcp:99999999999999999999", "tcp:port=x"}) {
    EXPECT_THAT(complaint([&] { parse(text).requirePort("port", 0); }),
                ::testing::EndsWith("is no port; it must be a number from 0 to 65535"))
        << text;
  }
  EXPECT_EQ(parse("tcp:0").requirePort("port", 0), 0);
  EXPECT_EQ(parse("tcp:65535").requirePort("port", 0), 65535);
  EXPECT_EQ(parse("tcp:080").requirePort("port", 0), 80);
}

TEST(EndpointDescription, RefusesNumbersOutOfRange) {
  EXPECT_EQ(parse("tcp:1:timeout=7").takeNumber("timeout", -1, 1, 10), 7);
  EXPECT_EQ(parse("tcp:1:timeout=-7").takeNumber("timeout", -1, -10, 10), -7);
  EXPECT_EQ(parse("tcp:1").takeNumber("timeout", -1, 1, 10), std::nullopt);
  EXPECT_EQ(complaint([] { parse("tcp:1:timeout=11").takeNumber("timeout", -1, 1, 10); }),
            "'11' is no timeout; it must be a number from 1 to 10");
  EXPECT_EQ(complaint([] { parse("tcp:1:timeout=x").takeNumber("timeout", -1, 1, 10); }),
            "'x' is no timeout; it must be a number from 1 to 10");
}

TEST(EndpointDescription, ComplainsAboutWhatNobodyTook) {
  EXPECT_EQ(complaint([] {
              auto description = parse("tcp:80:bogus=1");
              description.requirePort("port", 0);
              description.checkAllTaken();
            }),
            "'tcp' endpoints have no 'bogus'");
  EXPECT_EQ(complaint([] {
              auto description = parse("tcp:a:1:2");
              description.require("host", 0);
              description.requirePort("port", 1);
              description.checkAllTaken();
            }),
            "'2' is one argument too many");
}

TEST(EndpointDescription, ComplainsInTheWordsOfWhoKnowsThePrefix) {
  EXPECT_EQ(complaint([] { parse("ftl:x").complain("no such type"); }), "no such type");
}

TEST(EndpointDescription, TakesOctalNumbers) {
  EXPECT_EQ(parse("a:660").takeOctal("mode", 0, 0777), 0660u);
  EXPECT_EQ(parse("a:mode=0660").takeOctal("mode", 0, 0777), 0660u);
  EXPECT_EQ(parse("a").takeOctal("mode", 0, 0777), std::nullopt);
  for (const char* text : {"a:8", "a:", "a:-1", "a:1000", "a:6 ", "a:0x6"}) {
    EXPECT_TRUE(complaint([&] {
                  parse(text).takeOctal("mode", 0, 0777);
                }).ends_with("is no mode; it must be an octal number up to 777"))
        << text;
  }
}

TEST(EndpointDescription, TakesTheArgumentsThatAreLeft) {
  auto description = parse("a:b:c=1:d::e");
  EXPECT_EQ(description.take("first", 0), "b");
  EXPECT_EQ(description.takeArguments(), (std::vector<std::string>{"d", "", "e"}));
  EXPECT_TRUE(description.takeArguments().empty());
  EXPECT_EQ(description.take("c", -1), "1");
  description.checkAllTaken();
}

TEST(EndpointDescription, HasNoArgumentsBehindABareColon) {
  parse("stdio:").checkAllTaken();
  EXPECT_EQ(complaint([] { parse("stdio::").checkAllTaken(); }), "'' is one argument too many");
}

TEST(EndpointDescription, TakesTheRestAsItWasWritten) {
  auto description = parse("haproxy:unix:a\\\\:b\\:c:mode=600:");
  EXPECT_EQ(description.takeRest(), "unix:a\\\\:b\\:c:mode=600:");
  description.checkAllTaken();
  EXPECT_EQ(complaint([] { parse("haproxy").takeRest(); }),
            "'haproxy:' stands before another endpoint; write haproxy:tcp:PORT, for example");
  EXPECT_NE(complaint([] { parse("haproxy:").takeRest(); }), "no complaint");
}

TEST(QuoteStringArgument, EscapesColonsAndBackslashes) {
  EXPECT_EQ(quoteStringArgument("some : stuff \\"), R"(some \: stuff \\)");
  EXPECT_EQ(quoteStringArgument(""), "");
  EXPECT_EQ(quoteStringArgument("plain"), "plain");
  EXPECT_EQ(quoteStringArgument("::1"), R"(\:\:1)");
  EXPECT_EQ(quoteStringArgument("a=b"), "a=b") << "as Twisted's: use it for keyword values";
}

TEST(QuoteStringArgument, LetsAnyTextBeAKeywordsValue) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string text(random() % 20, ' ');
    for (char& c : text) c = ":\\=ab/"[random() % 6];
    auto description = parse("unix:address=" + quoteStringArgument(text) + ":mode=660");
    EXPECT_EQ(description.take("address", 0), text);
    EXPECT_EQ(description.take("mode", 1), "660");
    description.checkAllTaken();
  }
}

TEST(QuoteStringArgument, LetsTextWithoutEqualsSignsBePositional) {
  for (const char* text : {"a:b", "\\", ":", "C:\\tmp", "\\:\\"}) {
    auto description = parse("unix:" + quoteStringArgument(text) + ":x");
    EXPECT_EQ(description.take("address", 0), text);
    EXPECT_EQ(description.take("mode", 1), "x");
  }
}

}  // namespace
}  // namespace plait
