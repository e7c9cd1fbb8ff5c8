// Lines and their limits; raw mode and the rest of the conversation are in
// line_receiver_modes_test.cpp.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

#include "recording_lines.hpp"

namespace plait::testing {
namespace {

Bytes xs(std::size_t count) {
  return Bytes(count, 'x');
}

Events lines(std::initializer_list<Bytes> texts, const char* state) {
  Events events;
  for (const Bytes& text : texts) events.push_back("L:" + text);
  events.push_back(state);
  return events;
}

void expectLines(const Events& expected, const Chunks& chunks, const LineOptions& options = {}) {
  expectForEverySplit(expected, chunks, [&] { return std::make_shared<RecordingLines>(options); });
}

TEST(LineReceiver, CutsLinesAtTheDelimiter) {
  expectLines(lines({"a", "b"}, "open"), {"a\r\nb\r\n"});
  expectLines(lines({"a", "b"}, "open"), {"a\r", "\nb", "\r\n"});
  expectLines(lines({"a"}, "open"), {"a\r\nb"});
  expectLines(lines({"", "", "a", ""}, "open"), {"\r\n\r\na\r\n\r\n"});
  expectLines({"open"}, {});
}

TEST(LineReceiver, TakesOnlyTheWholeDelimiterForOne) {
  expectLines(lines({"a\nb"}, "open"), {"a\nb\r\n"});
  expectLines(lines({"a\rb"}, "open"), {"a\rb\r\n"});
  expectLines(lines({"a\r"}, "open"), {"a\r\r\n"});
  expectLines(lines({"a\n"}, "open"), {"a\n\r\n"});
  expectLines(lines({"\n\r"}, "open"), {"\n\r\r\n"});
}

TEST(LineReceiver, CarriesAnyByte) {
  expectLines(lines({Bytes("\x00\xff", 2)}, "open"), {Bytes("\x00\xff\r\n", 4)});
}

TEST(LineReceiver, TakesLinesAsLongAsAllowed) {
  expectLines(lines({xs(16384)}, "open"), {xs(16384) + "\r\n"});
  expectLines(lines({xs(16384)}, "open"), {xs(16384) + "\r", "\n"});
  expectLines({"open"}, {xs(16384)});
  expectLines({"open"}, {xs(16385)});
}

TEST(LineReceiver, ClosesOnLinesLongerThanAllowed) {
  expectLines({"lose"}, {xs(16386)});
  expectLines({"lose"}, {xs(16385), "\r\n"});
  expectLines({"lose"}, {xs(16384) + "\rx"});
}

TEST(LineReceiver, AllowsForABegunDelimiterAtTheLimit) {
  const LineOptions four{.maxLength = 4};
  expectLines(lines({"xxx"}, "open"), {"xxx", "\r", "\nxxx"}, four);
  expectLines(lines({"xxxx"}, "open"), {"xxxx", "\r", "\nxxx"}, four);
  const LineOptions newline{.delimiter = "\n", .maxLength = 4};
  expectLines(lines({"xxx"}, "open"), {"xxx", "", "\nxxx"}, newline);
  expectLines(lines({"xxxx"}, "open"), {"xxxx\n"}, newline);
}

TEST(LineReceiver, DropsGoodLinesBehindATooLongOne) {
  const LineOptions four{.maxLength = 4};
  expectLines({"lose"}, {"xxxxx\r\nok\r\n"}, four);
  expectLines(lines({"ok"}, "lose"), {"ok\r\nxxxxx\r\nok\r\n"}, four);
}

TEST(LineReceiver, TakesEmptyLinesOnlyWhenNothingIsAllowed) {
  const LineOptions none{.maxLength = 0};
  expectLines(lines({"", ""}, "open"), {"\r\n\r\n"}, none);
  expectLines(lines({""}, "lose"), {"\r\nx\r\n\r\n"}, none);
  expectLines({"open"}, {"\r"}, none);
}

TEST(LineReceiver, HasNoLimitWhenAllowedAnyLength) {
  const LineOptions any{.maxLength = std::numeric_limits<std::size_t>::max()};
  expectLines(lines({xs(20000)}, "open"), {xs(20000) + "\r\nabc"}, any);
}

// --- A handler of its own for lines too long -------------------------------------------

Events exceeding(const Chunks& chunks, std::function<void(RecordingLines&, BytesView)> act = {}) {
  auto receiver = std::make_shared<RecordingLines>(LineOptions{.maxLength = 6});
  receiver->keepsOpen = true;
  receiver->whenExceeded = [&](BytesView rest) {
    if (act) act(*receiver, rest);
  };
  return eventsOf(receiver, chunks);
}

TEST(LineLengthExceeded, IsGivenEverythingFromTheStartOfTheLine) {
  EXPECT_EQ(exceeding({xs(14)}), (Events{"X:" + xs(14), "open"}));
  EXPECT_EQ(exceeding({"x\r\n" + xs(14)}), (Events{"L:x", "X:" + xs(14), "open"}));
  EXPECT_EQ(exceeding({xs(7) + "\r\n"}), (Events{"X:" + xs(7) + "\r\n", "open"}));
}

TEST(LineLengthExceeded, IsGivenTheGoodLinesBehindToo) {
  const Bytes twice = xs(14) + "\r\n" + xs(14) + "\r\n";
  EXPECT_EQ(exceeding({twice}), (Events{"X:" + twice, "open"}));
}

TEST(LineLengthExceeded, ComesAsSoonAsTheLineCannotBeShortEnough) {
  EXPECT_EQ(exceeding({xs(7)}), (Events{"open"}));
  EXPECT_EQ(exceeding({xs(7), "x"}), (Events{"X:" + xs(8), "open"}));
  EXPECT_EQ(exceeding(cut(xs(16), 1)), (Events{"X:" + xs(8), "X:" + xs(8), "open"}));
}

TEST(LineLengthExceeded, LeavesTheReceiverUsable) {
  EXPECT_EQ(exceeding({xs(14), "ab\r\n"}), (Events{"X:" + xs(14), "L:ab", "open"}));
}

TEST(LineLengthExceeded, MayGiveBackWhatIsToBeReadAsLines) {
  const auto skip = [](RecordingLines& lines, BytesView rest) {
    lines.setLineMode(rest.substr(rest.find("\r\n") + 2));
  };
  EXPECT_EQ(exceeding({xs(14) + "\r\nab\r\ncd\r\ne", "f\r\n"}, skip),
            (Events{"X:" + xs(14) + "\r\nab\r\ncd\r\ne", "L:ab", "L:cd", "L:ef", "open"}));
}

// --- Delimiters ------------------------------------------------------------------------

TEST(LineReceiver, CutsAtDelimitersOfAnyLength) {
  expectLines(lines({"a", "b"}, "open"), {"a--", "-b---", "c"}, {.delimiter = "---"});
  expectLines(lines({"", "b"}, "open"), {"\nb\n"}, {.delimiter = "\n"});
  expectLines(lines({Bytes("a")}, "open"), {Bytes("a\0b", 3)}, {.delimiter = Bytes(1, '\0')});
}

TEST(LineReceiver, CutsAtDelimitersThatOverlapThemselves) {
  expectLines(lines({"a", "", "aa"}, "open"), {"aaabaabaaaab"}, {.delimiter = "aab"});
  expectLines(lines({"x", "", "-y"}, "open"), {"x-----y--"}, {.delimiter = "--"});
  expectLines(lines({"", "b"}, "open"), {"abababa"}, {.delimiter = "aba"});
}

TEST(LineReceiver, ChangesTheDelimiterBetweenLines) {
  expectForEverySplit(lines({"a", "b", "c"}, "open"), {"a\r\nb\nc\n"}, [] {
    auto receiver = std::make_shared<RecordingLines>();
    receiver->whenLine = [raw = receiver.get()](BytesView) { raw->setDelimiter("\n"); };
    return receiver;
  });
}

TEST(LineReceiver, RefusesAnEmptyDelimiter) {
  EXPECT_THROW(RecordingLines(LineOptions{.delimiter = ""}), std::invalid_argument);
  RecordingLines receiver;
  EXPECT_THROW(receiver.setDelimiter(""), std::invalid_argument);
  EXPECT_EQ(receiver.delimiter(), "\r\n");
}

TEST(LineReceiver, ChangesTheLimitBetweenLines) {
  expectForEverySplit(lines({"xxxx"}, "lose"), {"xxxx\r\nxxxxxx\r\n"}, [] {
    auto receiver = std::make_shared<RecordingLines>();
    receiver->whenLine = [raw = receiver.get()](BytesView) { raw->setMaxLength(3); };
    return receiver;
  });
}

// --- Against a parser too simple to be wrong -------------------------------------------

Events simpleLines(Bytes input, const LineOptions& options) {
  Events events;
  for (;;) {
    const std::size_t end = input.find(options.delimiter);
    const bool found = end != Bytes::npos;
    if (found ? end > options.maxLength
              : input.size() >= options.maxLength + options.delimiter.size()) {
      events.push_back("lose");
      return events;
    }
    if (!found) break;
    events.push_back("L:" + input.substr(0, end));
    input.erase(0, end + options.delimiter.size());
  }
  events.push_back("open");
  return events;
}

TEST(LineReceiver, AgreesWithASimpleParserOnRandomInput) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    const Bytes delimiters[] = {"\r\n", "a", "ab", "aab", "aba", "---", "aaa"};
    const LineOptions options{.delimiter = delimiters[upTo(6)], .maxLength = upTo(60)};
    const Bytes alphabet = options.delimiter + "ab";
    Bytes input;
    for (std::size_t i = upTo(200); i > 0; --i) {
      input += upTo(4) == 0 ? options.delimiter : Bytes(1, alphabet[upTo(alphabet.size() - 1)]);
    }
    for (int round = 0; round < 5; ++round) {
      const Chunks chunks = cutAnyhow(input, random, 1 + upTo(20));
      ASSERT_EQ(eventsOf(std::make_shared<RecordingLines>(options), chunks),
                simpleLines(input, options));
    }
  }
}

// --- Sending ---------------------------------------------------------------------------

TEST(LineReceiver, SendsALineAndItsDelimiter) {
  auto transport = std::make_shared<StringTransport>();
  RecordingLines receiver;
  receiver.makeConnection(transport);
  receiver.sendLine("hello");
  receiver.sendLine("");
  receiver.sendLine({});
  receiver.setDelimiter("--");
  receiver.sendLine(BytesView("\0", 1));
  EXPECT_EQ(transport->value(), BytesView("hello\r\n\r\n\r\n\0--", 14));
}

}  // namespace
}  // namespace plait::testing
