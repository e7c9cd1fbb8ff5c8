#include <gtest/gtest.h>

#include <functional>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <random>
#include <stdexcept>

#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

/// Notes strings, and "EXC n" for those too long when it `keepsOpen`.
template <class Base>
struct Recording : Base {
  using Base::Base;

  void stringReceived(BytesView string) override {
    const Bytes copy(string);
    events.push_back(copy);
    if (whenString) whenString(string);
    EXPECT_EQ(string, copy) << "the view has changed under the callback";
  }
  void lengthLimitExceeded(std::size_t length) override {
    if (!keepsOpen) return Base::lengthLimitExceeded(length);
    events.push_back("EXC " + std::to_string(length));
  }

  std::function<void(BytesView)> whenString;
  Events events;
  bool keepsOpen = false;
};
using I8 = Recording<Int8StringReceiver>;
using I16 = Recording<Int16StringReceiver>;
using I32 = Recording<Int32StringReceiver>;

/// A literal with its NULs.
template <std::size_t N>
Bytes bytes(const char (&literal)[N]) {
  return Bytes(literal, N - 1);
}

template <class Receiver>
void expectStrings(const Events& expected, const Chunks& chunks, std::size_t maxLength = 99999) {
  expectForEverySplit(expected, chunks, [=] {
    return std::make_shared<Receiver>(IntStringOptions{.maxLength = maxLength});
  });
}

Bytes framed(BytesView string, std::size_t prefixLength) {
  Bytes frame;
  for (std::size_t i = prefixLength; i-- > 0;) {
    frame += static_cast<char>(string.size() >> (8 * i));
  }
  return frame.append(string);
}

TEST(Int32StringReceiver, DeliversStrings) {
  expectStrings<I32>({"ubar", "open"}, {bytes("\0\0\0\4ubar")});
  expectStrings<I32>({"", "open"}, {bytes("\0\0\0\0")});
  expectStrings<I32>({"a", "b", "open"}, {bytes("\0\0\0\1a\0\0\0\1b\0\0")});
  expectStrings<I32>({"open"}, {bytes("\0\0\0\4uba")});
  expectStrings<I32>({"open"}, {});
}

TEST(Int32StringReceiver, ClosesOnLengthsAboveTheLimit) {
  expectStrings<I32>({"lose"}, {"\xff\xff\xff\xff"});
  expectStrings<I32>({"lose"}, {bytes("\x10\0\0\0") + "aaaaaa"}, 50);
  expectStrings<I32>({"lose"}, {"hello there"}, 50);
  expectStrings<I32>({"a", "lose"}, {bytes("\0\0\0\1a\0\0\0\x33") + Bytes(51, 'x')}, 50);
  expectStrings<I32>({Bytes(50, 'x'), "open"}, {bytes("\0\0\0\x32") + Bytes(50, 'x')}, 50);
  expectStrings<I32>({"lose"}, {bytes("\0\1\x86\xa0")});
  expectStrings<I32>({"open"}, {bytes("\0\1\x86\x9f")});
}

TEST(Int16StringReceiver, DeliversStrings) {
  expectStrings<I16>({"ubar", "open"}, {bytes("\0\4ubar")});
  expectStrings<I16>({Bytes(65535, 'x'), "open"}, {"\xff\xff" + Bytes(65535, 'x')});
  expectStrings<I16>({"lose"}, {bytes("\x10\0") + "aaaaaa"}, 50);
  expectStrings<I16>({Bytes(256, 'y'), "", "open"},
                     {bytes("\1\0") + Bytes(256, 'y') + bytes("\0\0")});
}

TEST(Int8StringReceiver, DeliversStrings) {
  expectStrings<I8>({"", "", "lose"}, {bytes("\0\0aaaaaa")}, 50);
  expectStrings<I8>({"open"}, {bytes("\x08")}, 50);
  expectStrings<I8>({"lose"}, {"dzadz"}, 50);
  expectStrings<I8>({"aaaaa", "open"}, {bytes("\5aaaaa\5bbbb")});
  expectStrings<I8>({Bytes(255, 'x'), "open"}, {"\xff" + Bytes(255, 'x')});
}

TEST(IntNStringReceiver, TakesEmptyStringsOnlyWhenNothingIsAllowed) {
  expectStrings<I8>({"", "", "open"}, {bytes("\0\0")}, 0);
  expectStrings<I16>({"", "lose"}, {bytes("\0\0\0\1a")}, 0);
}

TEST(IntNStringReceiver, DeliversNothingTwiceAfterAStringTooLong) {
  expectForEverySplit({"a", "EXC 11", "b", "open"}, {bytes("\1a\x0bxx"), bytes("yyyyyyyyy\1b")},
                      [] {
                        auto receiver = std::make_shared<I8>(IntStringOptions{.maxLength = 10});
                        receiver->keepsOpen = true;
                        return receiver;
                      });
}

TEST(IntNStringReceiver, SkipsEveryStringTooLong) {
  expectForEverySplit({"EXC 300", "EXC 256", "ok", "EXC 257", "open"},
                      {bytes("\1\x2c") + Bytes(300, 'x') + bytes("\1\0") + Bytes(256, 'y') +
                       bytes("\0\2ok\1\1") + Bytes(256, 'z')},
                      [] {
                        auto receiver = std::make_shared<I16>(IntStringOptions{.maxLength = 255});
                        receiver->keepsOpen = true;
                        return receiver;
                      });
}

TEST(IntNStringReceiver, StopsAtOnceWhenItsHandlerCloses) {
  expectForEverySplit({"a", "lose"}, {bytes("\1a\1b\1c")}, [] {
    auto receiver = std::make_shared<I8>();
    receiver->whenString = [raw = receiver.get()](BytesView) { raw->transport().loseConnection(); };
    return receiver;
  });
}

TEST(IntNStringReceiver, StopsInTheMiddleOfAChunkWhenPaused) {
  auto receiver = std::make_shared<I8>();
  receiver->whenString = [&](BytesView) { receiver->pauseProducing(); };
  receiver->makeConnection(std::make_shared<StringTransport>());
  feed(*receiver, "\1a\1b\1c");
  EXPECT_EQ(receiver->events, (Events{"a"}));
  receiver->resumeProducing();
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"a", "b", "c"}));
}

TEST(IntNStringReceiver, KeepsItsInputWhenAHandlerThrows) {
  auto receiver = std::make_shared<I16>();
  receiver->whenString = [](BytesView string) {
    if (string == "a") throw std::runtime_error("no");
  };
  receiver->makeConnection(std::make_shared<StringTransport>());
  EXPECT_THROW(feed(*receiver, bytes("\0\1a\0\1b\0\3c")), std::runtime_error);
  feed(*receiver, "de");
  EXPECT_EQ(receiver->events, (Events{"a", "b", "cde"}));
}

TEST(IntNStringReceiver, GoesOnBehindAStringWhoseHandlerThrewForItsLength) {
  struct Throwing : I8 {
    using I8::I8;
    void lengthLimitExceeded(std::size_t) override { throw std::runtime_error("too long"); }
  };
  auto receiver = std::make_shared<Throwing>(IntStringOptions{.maxLength = 2});
  receiver->makeConnection(std::make_shared<StringTransport>());
  EXPECT_THROW(feed(*receiver, "\3xyz\1a"), std::runtime_error);
  feed(*receiver, "");
  EXPECT_EQ(receiver->events, (Events{"a"}));
}

TEST(IntNStringReceiver, QueuesWhatIsReceivedFromInsideAHandler) {
  auto receiver = std::make_shared<I8>();
  receiver->whenString = [&](BytesView string) {
    if (string == "a") receiver->dataReceived("\1x\2y");
  };
  EXPECT_EQ(eventsOf(receiver, {"\1a\1b", "z"}), (Events{"a", "b", "x", "yz", "open"}));
}

/// What a receiver should make of `input`, read with an index.
Events simpleStrings(const Bytes& input, std::size_t prefixLength, std::size_t maxLength,
                     bool keepsOpen) {
  Events events;
  std::size_t at = 0;
  while (at + prefixLength <= input.size()) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < prefixLength; ++i) {
      length = length * 256 + static_cast<unsigned char>(input[at + i]);
    }
    at += prefixLength;
    if (length > maxLength) {
      if (!keepsOpen) return events.push_back("lose"), events;
      events.push_back("EXC " + std::to_string(length));
    } else if (at + length <= input.size()) {
      events.push_back(input.substr(at, length));
    }
    at += length;
  }
  events.push_back("open");
  return events;
}

template <class Receiver>
void expectAgreement(std::size_t prefixLength) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    const std::size_t maxLength = upTo(60);
    const bool keepsOpen = upTo(1) == 0;
    Bytes input;
    for (std::size_t i = upTo(12); i > 0; --i) {
      const std::size_t longest = maxLength + (upTo(5) == 0 ? 30 : 0);
      input += framed(Bytes(upTo(longest), static_cast<char>(upTo(255))), prefixLength);
    }
    input.resize(input.size() - upTo(std::min<std::size_t>(input.size(), 3)));
    for (int round = 0; round < 5; ++round) {
      auto receiver = std::make_shared<Receiver>(IntStringOptions{.maxLength = maxLength});
      receiver->keepsOpen = keepsOpen;
      ASSERT_EQ(eventsOf(receiver, cutAnyhow(input, random, 1 + upTo(20))),
                simpleStrings(input, prefixLength, maxLength, keepsOpen));
    }
  }
}

TEST(Int8StringReceiver, AgreesWithASimpleParserOnRandomInput) {
  expectAgreement<I8>(1);
}
TEST(Int16StringReceiver, AgreesWithASimpleParserOnRandomInput) {
  expectAgreement<I16>(2);
}
TEST(Int32StringReceiver, AgreesWithASimpleParserOnRandomInput) {
  expectAgreement<I32>(4);
}

// --- Sending ---------------------------------------------------------------------------

template <class Receiver>
struct Sender {
  explicit Sender(IntStringOptions options = {}) : receiver(std::make_shared<Receiver>(options)) {
    receiver->makeConnection(transport);
  }
  Bytes send(BytesView string) {
    transport->clear();
    receiver->sendString(string);
    return transport->value();
  }

  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Receiver> receiver;
};

TEST(IntNStringReceiver, SendsTheLengthBigEndian) {
  EXPECT_EQ(Sender<I8>().send("hello"), "\5hello");
  EXPECT_EQ(Sender<I16>().send("hello"), bytes("\0\5hello"));
  EXPECT_EQ(Sender<I32>().send("hello"), bytes("\0\0\0\5hello"));
  EXPECT_EQ(Sender<I32>().send({}), bytes("\0\0\0\0"));
  EXPECT_EQ(Sender<I16>().send(Bytes(258, 'x')), "\1\2" + Bytes(258, 'x'));
  EXPECT_EQ(Sender<I32>().send(Bytes(65536, 'x')), bytes("\0\1\0\0") + Bytes(65536, 'x'));
}

TEST(IntNStringReceiver, SendsNoStringItsPrefixCannotCount) {
  EXPECT_EQ(Sender<I8>().send(Bytes(255, 'x')).size(), 256u);
  EXPECT_EQ(Sender<I16>().send(Bytes(65535, 'x')).size(), 65537u);
  Sender<I8> eight;
  EXPECT_THROW(eight.send(Bytes(256, 'x')), StringTooLongError);
  EXPECT_EQ(eight.transport->value(), "");
  try {
    Sender<I16>().send(Bytes(65536, 'x'));
    FAIL() << "it was sent";
  } catch (const StringTooLongError& error) {
    EXPECT_STREQ(error.what(),
                 "cannot send a string of 65536 bytes: its length prefix counts to 65535");
  }
}

TEST(IntNStringReceiver, LimitsOnlyWhatItReceives) {
  EXPECT_EQ(Sender<I32>({.maxLength = 10}).send(Bytes(11, 'x')).size(), 15u);
}

}  // namespace
}  // namespace plait::testing
