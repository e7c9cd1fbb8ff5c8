#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <plait/netstring/netstring_receiver.hpp>
#include <random>
#include <stdexcept>

#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

struct RecordingStrings : NetstringReceiver {
  using NetstringReceiver::NetstringReceiver;

  void stringReceived(BytesView string) override {
    const Bytes copy(string);
    events.push_back(copy);
    if (whenString) whenString(string);
    EXPECT_EQ(string, copy) << "the view has changed under the callback";
  }

  std::function<void(BytesView)> whenString;
  Events events;
};

std::shared_ptr<RecordingStrings> make(std::size_t maxLength = 99999) {
  return std::make_shared<RecordingStrings>(NetstringOptions{.maxLength = maxLength});
}

/// The strings and the state in which `chunks` leave a receiver, however they are cut.
void expectStrings(const Events& expected, const Chunks& chunks, std::size_t maxLength = 99999) {
  SCOPED_TRACE(join(chunks).substr(0, 60));
  expectForEverySplit(expected, chunks, [=] { return make(maxLength); });
}

Bytes framed(BytesView string) {
  return std::to_string(string.size()) + ":" + Bytes(string) + ",";
}

TEST(NetstringReceiver, DeliversStrings) {
  expectStrings({"", "open"}, {"0:,"});
  expectStrings({"a", "open"}, {"1:a,"});
  expectStrings({"abcdefghij", "open"}, {"10:abcdefghij,"});
  expectStrings({"1:a,", "open"}, {"4:1:a,,"});
  expectStrings({"aaaa", "open"}, {"4:aa", "aa,"});
  expectStrings({"a", "b", "open"}, {"1:a,1", ":b,"});
  expectStrings({"a", "", "bc", "open"}, {"1:a,0:,2:bc,"});
}

TEST(NetstringReceiver, CarriesAnyByte) {
  expectStrings({Bytes("a\0b", 3), "open"}, {Bytes("3:a\0b,", 6)});
  expectStrings({"\xff", "open"}, {"1:\xff,"});
  expectStrings({",:,", "open"}, {"3:,:,,"});
}

TEST(NetstringReceiver, WaitsForTheRest) {
  expectStrings({"open"}, {""});
  expectStrings({"open"}, {"1"});
  expectStrings({"open"}, {"1:"});
  expectStrings({"open"}, {"1:a"});
  expectStrings({"open"}, {"99999:"});
  expectStrings({"open"}, {"99999"});
  expectStrings({"a", "open"}, {"1:a,5:abc"});
}

TEST(NetstringReceiver, ClosesOnTheWrongEnd) {
  expectStrings({"lose"}, {"0:a,"});
  expectStrings({"lose"}, {"1:a;1:b,"});
  expectStrings({"lose"}, {"1:ab,"});
  expectStrings({"a", "lose"}, {"1:a,1:bX"});
}

TEST(NetstringReceiver, ClosesOnWhatIsNoLength) {
  for (const char* input : {":aaa,", "3aaa,", "aaa", "-1:a,", "+1:a,", " 1:a,", "1 :a,", "1\n:a,",
                            "1.0:a,", "0x1:a,", "\n", ",", "1,", "1;a,"}) {
    expectStrings({"lose"}, {input});
  }
  expectStrings({"lose"}, {Bytes("1\0:a,", 5)});
  expectStrings({"a", "lose"}, {"1:a,X"});
  expectStrings({"a", "lose"}, {"1:a,", "\r\n1:b,"});
}

TEST(NetstringReceiver, ClosesOnALineEndInALengthAtOnce) {
  EXPECT_EQ(eventsOf(make(), {"1\n"}), (Events{"lose"}));
}

TEST(NetstringReceiver, ClosesOnLeadingZero) {
  EXPECT_EQ(eventsOf(make(), {"0"}), (Events{"open"}));
  expectStrings({"lose"}, {"0", "0:,"});
  expectStrings({"lose"}, {"01:a,"});
  expectStrings({"lose"}, {"00"});
}

TEST(NetstringReceiver, ClosesAsSoonAsTheDigitsExceedTheLimit) {
  expectStrings({"open"}, {"12:"}, 12);
  expectStrings({"lose"}, {"12:"}, 11);
  expectStrings({"lose"}, {"12"}, 11);
  expectStrings({"open"}, {"1"}, 11);
  expectStrings({"open"}, {"10"}, 10);
  expectStrings({"0123456789", "open"}, {"10:0123456789,"}, 10);
  expectStrings({"lose"}, {"11"}, 10);
  expectStrings({"lose"}, {"100"}, 10);
  expectStrings({"lose"}, {"9999999999999999999999"}, 50);
  expectStrings({"lose"}, {"100000"});
  expectStrings({"lose"}, {"51:" + Bytes(50, 'a') + "b,"}, 50);
  expectStrings({Bytes(50, 'a'), "open"}, {"50:" + Bytes(50, 'a') + ","}, 50);
}

TEST(NetstringReceiver, TakesOneByteStringsAtALimitOfOne) {
  expectStrings({"open"}, {"1"}, 1);
  expectStrings({"a", "open"}, {"1:a,"}, 1);
  expectStrings({"lose"}, {"2"}, 1);
  expectStrings({"lose"}, {"2:aa,"}, 1);
  expectStrings({"lose"}, {"10"}, 1);
}

TEST(NetstringReceiver, TakesEmptyStringsOnlyWhenNothingIsAllowed) {
  expectStrings({"", "", "open"}, {"0:,0:,"}, 0);
  expectStrings({"", "lose"}, {"0:,1:a,"}, 0);
}

TEST(NetstringReceiver, CountsNoFurtherThanItCan) {
  const std::size_t any = std::numeric_limits<std::size_t>::max();
  expectStrings({"abc", "open"}, {"3:abc,"}, any);
  expectStrings({"open"}, {"18446744073709551615:x,"}, any);
  expectStrings({"lose"}, {"18446744073709551616:x,"}, any);
  expectStrings({"lose"}, {"99999999999999999999:x,"}, any);
}

TEST(NetstringReceiver, DeliversTheSameInChunksOfEverySize) {
  Events expected{"hello", "world", "how", "are", "you123", ":today", Bytes(515, 'a')};
  Bytes input;
  for (const Bytes& string : expected) input += framed(string);
  expected.push_back("open");
  expectStrings(expected, {input}, 699);
}

TEST(NetstringReceiver, StopsAtOnceWhenItsHandlerCloses) {
  expectForEverySplit({"a", "b", "lose"}, {"1:a,1:b,1:c,X"}, [] {
    auto receiver = make();
    receiver->whenString = [raw = receiver.get()](BytesView string) {
      if (string == "b") raw->transport().loseConnection();
    };
    return receiver;
  });
}

TEST(NetstringReceiver, StopsInTheMiddleOfAChunkWhenPaused) {
  auto receiver = make();
  receiver->whenString = [&](BytesView) { receiver->pauseProducing(); };
  receiver->makeConnection(std::make_shared<StringTransport>());
  feed(*receiver, "1:a,1:b,1:c,");
  EXPECT_EQ(receiver->events, (Events{"a"}));
  receiver->resumeProducing();
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"a", "b", "c"}));
}

TEST(NetstringReceiver, KeepsItsInputWhenAHandlerThrows) {
  auto receiver = make();
  receiver->whenString = [](BytesView string) {
    if (string == "a") throw std::runtime_error("no");
  };
  receiver->makeConnection(std::make_shared<StringTransport>());
  EXPECT_THROW(feed(*receiver, "1:a,1:b,3:c"), std::runtime_error);
  feed(*receiver, "de,");
  EXPECT_EQ(receiver->events, (Events{"a", "b", "cde"}));
}

TEST(NetstringReceiver, QueuesWhatIsReceivedFromInsideAHandler) {
  auto receiver = make();
  receiver->whenString = [&](BytesView string) {
    if (string == "a") receiver->dataReceived("1:x,2:");
  };
  EXPECT_EQ(eventsOf(receiver, {"1:a,1:b,", "yz,"}), (Events{"a", "b", "x", "yz", "open"}));
}

TEST(NetstringReceiver, HandsOverWhatItHasNotDelivered) {
  const Bytes input = "1:a,12:hello, world,0:,";
  for (std::size_t at = 0; at <= input.size(); ++at) {
    auto receiver = make();
    const Events events = eventsOf(receiver, {input.substr(0, at)});
    Bytes delivered;
    for (std::size_t i = 0; i + 1 < events.size(); ++i) delivered += framed(events[i]);
    EXPECT_EQ(delivered + receiver->takeUnread(), input.substr(0, at));
    feed(*receiver, "3:new,");
    EXPECT_EQ(receiver->events.back(), "new") << "it starts afresh";
  }
}

TEST(NetstringReceiver, ChangesItsLimitBetweenStrings) {
  auto receiver = make();
  receiver->whenString = [&](BytesView) { receiver->setMaxLength(2); };
  EXPECT_EQ(eventsOf(receiver, {"3:abc,2:de,3:fgh,"}), (Events{"abc", "de", "lose"}));
  EXPECT_EQ(receiver->maxLength(), 2u);
}

// --- Against a parser too simple to be wrong -------------------------------------------

Events simpleStrings(const Bytes& input, std::size_t maxLength) {
  Events events;
  std::size_t at = 0;
  for (;;) {
    std::size_t length = 0;
    const std::size_t start = at;
    while (at < input.size() && std::isdigit(static_cast<unsigned char>(input[at]))) {
      if (at > start && length == 0) return events.push_back("lose"), events;
      length = length * 10 + static_cast<std::size_t>(input[at++] - '0');
      if (length > maxLength) return events.push_back("lose"), events;
    }
    if (at == input.size()) return events.push_back("open"), events;
    if (input[at] != ':' || at == start) return events.push_back("lose"), events;
    if (input.size() - ++at <= length) return events.push_back("open"), events;
    if (input[at + length] != ',') return events.push_back("lose"), events;
    events.push_back(input.substr(at, length));
    at += length + 1;
  }
}

TEST(NetstringReceiver, AgreesWithASimpleParserOnRandomInput) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    const std::size_t maxLength = upTo(60);
    Bytes input;
    for (std::size_t i = upTo(12); i > 0; --i) {
      input += framed(Bytes(upTo(maxLength), "0:,a"[upTo(3)]));
    }
    if (upTo(1) == 0 && !input.empty()) {  // one byte wrong, somewhere
      input[upTo(input.size() - 1)] = "0123456789:,x"[upTo(12)];
    }
    input.resize(input.size() - upTo(std::min<std::size_t>(input.size(), 3)));
    for (int round = 0; round < 5; ++round) {
      ASSERT_EQ(eventsOf(make(maxLength), cutAnyhow(input, random, 1 + upTo(20))),
                simpleStrings(input, maxLength))
          << input;
    }
  }
}

TEST(NetstringReceiver, SendsStringsOfAnyLength) {
  auto transport = std::make_shared<StringTransport>();
  auto receiver = make(3);
  receiver->makeConnection(transport);
  receiver->sendString("");
  receiver->sendString("hello");
  receiver->sendString({});
  EXPECT_EQ(transport->value(), "0:,5:hello,0:,");
  transport->clear();
  receiver->sendString(Bytes(100000, 'x'));
  EXPECT_EQ(transport->value(), "100000:" + Bytes(100000, 'x') + ",");
}

}  // namespace
}  // namespace plait::testing
