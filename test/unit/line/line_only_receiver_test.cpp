#include <gtest/gtest.h>

#include <functional>
#include <plait/line/line_only_receiver.hpp>
#include <random>
#include <stdexcept>

#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

struct RecordingLineOnly : LineOnlyReceiver {
  using LineOnlyReceiver::LineOnlyReceiver;

  void lineReceived(BytesView line) override {
    const Bytes copy(line);
    events.push_back(copy);
    if (whenLine) whenLine(line);
    EXPECT_EQ(line, copy) << "the view has changed under the callback";
  }
  void lineLengthExceeded(BytesView line) override {
    if (!keepsOpen) return LineOnlyReceiver::lineLengthExceeded(line);
    events.push_back("X:" + Bytes(line.substr(0, maxLength() + 1)));
  }

  std::function<void(BytesView)> whenLine;
  Events events;
  bool keepsOpen = false;
};

std::shared_ptr<RecordingLineOnly> make(const LineOptions& options = {}) {
  return std::make_shared<RecordingLineOnly>(options);
}

void expectLines(const Events& expected, const Chunks& chunks, const LineOptions& options = {}) {
  expectForEverySplit(expected, chunks, [&] { return make(options); });
}

Bytes xs(std::size_t count) {
  return Bytes(count, 'x');
}

TEST(LineOnlyReceiver, CutsLinesAtTheDelimiter) {
  expectLines({"a", "b", "open"}, {"a\r\nb\r\nc"});
  expectLines({"a", "b", "open"}, {"a\r", "\nb", "\r\n"});
  expectLines({"a\nb", "", "c\r", "open"}, {"a\nb\r\n\r\nc\r\r\n"});
  expectLines({"", "b", "open"}, {"aabbaab"}, {.delimiter = "aab"});
}

TEST(LineOnlyReceiver, StopsAtOnceWhenItsHandlerCloses) {
  expectForEverySplit({"a", "bye", "lose"}, {"a\r\nbye\r\nb\r\nrest"}, [] {
    auto receiver = make();
    receiver->whenLine = [raw = receiver.get()](BytesView line) {
      if (line == "bye") raw->transport().loseConnection();
    };
    return receiver;
  });
}

TEST(LineOnlyReceiver, AllowsAnUnfinishedLineTheLimitAndAnUnfinishedDelimiter) {
  EXPECT_EQ(eventsOf(make(), {xs(16384)}), (Events{"open"}));
  EXPECT_EQ(eventsOf(make(), {xs(16386)}), (Events{"lose"}));
  EXPECT_EQ(eventsOf(make(), {xs(16384) + "\r"}), (Events{"open"}));
  EXPECT_EQ(eventsOf(make(), {xs(16384) + "\r", "\n"}), (Events{xs(16384), "open"}))
      << "where the split is must not matter";
  EXPECT_EQ(eventsOf(make(), {xs(16384) + "\r\n"}), (Events{xs(16384), "open"}));
  EXPECT_EQ(eventsOf(make(), {xs(16385) + "\r\n"}), (Events{"lose"}));
}

TEST(LineOnlyReceiver, DeliversNothingAfterALineTooLong) {
  expectLines({"ok", "lose"}, {"ok\r\nxxxxx\r\nok2\r\n", "z\r\n"}, {.maxLength = 4});
}

TEST(LineOnlyReceiver, TakesEmptyLinesOnlyWhenNothingIsAllowed) {
  const LineOptions none{.delimiter = "\n", .maxLength = 0};
  expectLines({"", "", "open"}, {"\n\n"}, none);
  expectLines({"", "lose"}, {"\nx\n"}, none);
}

TEST(LineOnlyReceiver, SkipsALineTooLongWhenItsHandlerKeepsTheConnection) {
  // Of a line too long, more than the limit is given; how much more is the split's.
  expectForEverySplit({"ok", "X:abcde", "ok2", "X:fghij", "ok3", "open"},
                      {"ok\r\nabcde\r\nok2\r\n", "fghijkl", "mnopq\r", "\nok3\r\n"}, [] {
                        auto receiver = make({.maxLength = 4});
                        receiver->keepsOpen = true;
                        return receiver;
                      });
}

TEST(LineOnlyReceiver, HoldsNothingOfALineItSkips) {
  auto receiver = make({.maxLength = 4});
  receiver->keepsOpen = true;
  eventsOf(receiver, {xs(100), xs(100), xs(100) + "\r"});
  EXPECT_EQ(receiver->takeUnread(), "\r");
}

TEST(LineOnlyReceiver, RefusesAnEmptyDelimiter) {
  EXPECT_THROW(RecordingLineOnly(LineOptions{.delimiter = ""}), std::invalid_argument);
}

TEST(LineOnlyReceiver, StopsInTheMiddleOfAChunkWhenPaused) {
  auto receiver = make();
  receiver->whenLine = [&](BytesView) { receiver->pauseProducing(); };
  receiver->makeConnection(std::make_shared<StringTransport>());
  feed(*receiver, "a\r\nb\r\nc");
  EXPECT_EQ(receiver->events, (Events{"a"}));
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"a", "b"}));
}

TEST(LineOnlyReceiver, KeepsItsInputWhenAHandlerThrows) {
  auto receiver = make();
  receiver->whenLine = [](BytesView line) {
    if (line == "a") throw std::runtime_error("no");
  };
  receiver->makeConnection(std::make_shared<StringTransport>());
  EXPECT_THROW(feed(*receiver, "a\r\nb\r\nc"), std::runtime_error);
  feed(*receiver, "\r\n");
  EXPECT_EQ(receiver->events, (Events{"a", "b", "c"}));
}

TEST(LineOnlyReceiver, QueuesWhatIsReceivedFromInsideAHandler) {
  auto receiver = make();
  receiver->whenLine = [&](BytesView line) {
    if (line == "a") receiver->dataReceived("x\r\n");
  };
  EXPECT_EQ(eventsOf(receiver, {"a\r\nb\r\n"}), (Events{"a", "b", "x", "open"}));
}

TEST(LineOnlyReceiver, AgreesWithASimpleParserOnRandomInput) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    const Bytes delimiters[] = {"\r\n", "a", "ab", "aab", "aba", "---"};
    const Bytes delimiter = delimiters[upTo(5)];
    Bytes input;
    for (std::size_t i = upTo(200); i > 0; --i) {
      input += upTo(3) == 0 ? delimiter : Bytes(1, "ab-\r\n"[upTo(4)]);
    }
    Events expected;
    for (Bytes rest = input;;) {
      const std::size_t end = rest.find(delimiter);
      if (end == Bytes::npos) break;
      expected.push_back(rest.substr(0, end));
      rest.erase(0, end + delimiter.size());
    }
    expected.push_back("open");
    ASSERT_EQ(eventsOf(make({.delimiter = delimiter}), cutAnyhow(input, random, 1 + upTo(20))),
              expected);
  }
}

TEST(LineOnlyReceiver, SendsALineAndItsDelimiter) {
  auto transport = std::make_shared<StringTransport>();
  auto receiver = make({.delimiter = "|"});
  receiver->makeConnection(transport);
  receiver->sendLine("hello");
  receiver->sendLine("");
  EXPECT_EQ(transport->value(), "hello||");
}

}  // namespace
}  // namespace plait::testing
