// Raw mode, pausing, closing, throwing: what handlers do to a LineReceiver.
#include <gtest/gtest.h>

#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "recording_lines.hpp"

namespace plait::testing {
namespace {

std::shared_ptr<RecordingLines> make(std::function<void(RecordingLines&)> setUp) {
  auto receiver = std::make_shared<RecordingLines>();
  setUp(*receiver);
  return receiver;
}

/// The events of a receiver in raw mode, its data joined: it may be cut anywhere.
Events joinRaw(const Events& events) {
  Events joined;
  for (const std::string& event : events) {
    if (event.starts_with("R:") && !joined.empty() && joined.back().starts_with("R:")) {
      joined.back() += event.substr(2);
    } else {
      joined.push_back(event);
    }
  }
  return joined;
}

TEST(LineReceiver, GivesRawDataAfterTheLineThatSwitches) {
  const auto switching = [](RecordingLines& lines) {
    lines.whenLine = [&lines](BytesView) { lines.setRawMode(); };
  };
  const Events expected{"L:hdr", "R:rawbytes\r\nmore", "open"};
  forEverySplit("hdr\r\nrawbytes\r\nmore", [&](const Chunks& chunks) {
    EXPECT_EQ(joinRaw(eventsOf(make(switching), chunks)), expected);
  });
}

TEST(LineReceiver, GoesBackToLinesWithTheRestOfTheRawData) {
  // A header line announces three bytes of raw data.
  const auto threeRaw = [](RecordingLines& lines) {
    lines.whenLine = [&lines](BytesView line) {
      if (line == "hdr") lines.setRawMode();
    };
    lines.whenRaw = [&lines, left = std::size_t{3}](BytesView data) mutable {
      if (data.size() < left) {
        left -= data.size();
        return;
      }
      lines.setLineMode(data.substr(std::exchange(left, 3)));
    };
  };
  EXPECT_EQ(eventsOf(make(threeRaw), {"hdr\r\nabcline2\r\nhdr\r\nxyzline3\r\n"}),
            (Events{"L:hdr", "R:abcline2\r\nhdr\r\nxyzline3\r\n", "L:line2", "L:hdr",
                    "R:xyzline3\r\n", "L:line3", "open"}));
  forEverySplit("hdr\r\nabcline2\r\nhdr\r\n\r\n\r\rline3\r\n", [&](const Chunks& chunks) {
    Events seen;
    for (const std::string& event : eventsOf(make(threeRaw), chunks)) {
      if (!event.starts_with("R:")) seen.push_back(event);
    }
    EXPECT_EQ(seen, (Events{"L:hdr", "L:line2", "L:hdr", "L:\rline3", "open"}));
  });
}

TEST(LineReceiver, FlipsBetweenModesWithoutRecursionInLinearTime) {
  for (const std::size_t count : {1000u, 200000u}) {
    for (const std::size_t chunkSize : {count * 3, count + 1, std::size_t{1}}) {
      SCOPED_TRACE(std::to_string(count) + " flips in chunks of " + std::to_string(chunkSize));
      struct Flipping : LineReceiver {
        Flipping() : LineReceiver({.delimiter = "\n"}) {}
        void lineReceived(BytesView line) override {
          joined += line;
          setRawMode();
        }
        void rawDataReceived(BytesView data) override {
          joined += data[0];
          setLineMode(data.substr(1));
        }
        Bytes joined;
      };
      auto receiver = std::make_shared<Flipping>();
      receiver->makeConnection(std::make_shared<StringTransport>());
      Bytes input;
      for (std::size_t i = 0; i < count; ++i) input += "x\nx";
      for (const Bytes& chunk : cut(input, chunkSize)) feed(*receiver, chunk);
      EXPECT_TRUE(receiver->joined == Bytes(2 * count, 'x'));
    }
  }
}

TEST(LineReceiver, ReadsExtraGivenFromOutsideAtOnce) {
  auto receiver = std::make_shared<RecordingLines>();
  receiver->makeConnection(std::make_shared<StringTransport>());
  receiver->setRawMode();
  feed(*receiver, "raw");
  receiver->setLineMode("line\r\nbeg");
  feed(*receiver, "un\r\n");
  EXPECT_EQ(receiver->events, (Events{"R:raw", "L:line", "L:begun"}));
}

TEST(LineReceiver, ReadsExtraThatIsNoneOfItsOwnBytes) {
  auto receiver = make([](RecordingLines& lines) {
    lines.setRawMode();
    lines.whenRaw = [&lines](BytesView) {
      lines.setLineMode("made up\r\n");
      lines.setLineMode("twice\r\n");
    };
  });
  EXPECT_EQ(eventsOf(receiver, {"raw", "line\r\n"}),
            (Events{"R:raw", "L:made up", "L:twice", "L:line", "open"}));
}

TEST(LineReceiver, StopsInTheMiddleOfAChunkWhenPaused) {
  auto receiver = make([](RecordingLines& lines) {
    lines.whenLine = [&lines](BytesView) { lines.pauseProducing(); };
  });
  receiver->makeConnection(std::make_shared<StringTransport>());
  feed(*receiver, "a\r\nb\r\nc\r\n");
  EXPECT_EQ(receiver->events, (Events{"L:a"}));
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"L:a", "L:b"}));
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"L:a", "L:b", "L:c"}));
}

TEST(LineReceiver, MaySwitchModesWhilePaused) {
  auto receiver = make([](RecordingLines& lines) {
    lines.whenLine = [&lines](BytesView) { lines.pauseProducing(); };
  });
  receiver->makeConnection(std::make_shared<StringTransport>());
  feed(*receiver, "a\r\nb\r\nc\r\n");
  receiver->setRawMode();
  receiver->resumeProducing();
  EXPECT_EQ(receiver->events, (Events{"L:a", "R:b\r\nc\r\n"}));
}

TEST(LineReceiver, StopsAtOnceWhenItsHandlerCloses) {
  using Closing = void (*)(RecordingLines&);
  for (const Closing close :
       {Closing([](RecordingLines& l) { l.stopProducing(); }),
        Closing([](RecordingLines& l) { l.transport().loseConnection(); }),
        Closing([](RecordingLines& l) { l.transport().abortConnection(); })}) {
    expectForEverySplit({"L:a", "L:stop", "lose"}, {"a\r\nstop\r\nb\r\n"}, [close] {
      return make([close](RecordingLines& lines) {
        lines.whenLine = [&lines, close](BytesView line) {
          if (line == "stop") close(lines);
        };
      });
    });
  }
}

TEST(LineReceiver, StopsAtOnceWhenItsRawHandlerCloses) {
  auto receiver = make([](RecordingLines& lines) {
    lines.setRawMode();
    lines.whenRaw = [&lines](BytesView data) {
      lines.transport().loseConnection();
      lines.setLineMode(data);
    };
  });
  EXPECT_EQ(eventsOf(receiver, {"a\r\nb\r\n", "c\r\n"}), (Events{"R:a\r\nb\r\n", "lose"}));
}

TEST(LineReceiver, HandsOverWhatItHasNotDelivered) {
  Bytes cleared;
  auto receiver = make([&cleared](RecordingLines& lines) {
    lines.whenLine = [&](BytesView) { cleared += "[" + lines.clearLineBuffer() + "]"; };
  });
  EXPECT_EQ(eventsOf(receiver, {"foo\r\nbar\r\nbaz", "quux\r\n"}),
            (Events{"L:foo", "L:quux", "open"}));
  EXPECT_EQ(cleared, "[bar\r\nbaz][]");
  feed(*receiver, "unfinished");
  EXPECT_EQ(receiver->clearLineBuffer(), "unfinished");
  feed(*receiver, "\r\n");
  EXPECT_EQ(receiver->events.back(), "L:");
}

TEST(LineReceiver, QueuesWhatIsReceivedFromInsideAHandler) {
  auto receiver = make([](RecordingLines& lines) {
    lines.whenLine = [&lines](BytesView line) {
      if (line == "a") lines.dataReceived("injected\r\nand ");
    };
  });
  EXPECT_EQ(eventsOf(receiver, {"a\r\nb\r\n", "more\r\n"}),
            (Events{"L:a", "L:b", "L:injected", "L:and more", "open"}));
}

TEST(LineReceiver, KeepsItsInputWhenAHandlerThrows) {
  auto receiver = make([](RecordingLines& lines) {
    lines.whenLine = [](BytesView line) {
      if (line == "a") throw std::runtime_error("no");
    };
  });
  receiver->makeConnection(std::make_shared<StringTransport>());
  EXPECT_THROW(feed(*receiver, "a\r\nb\r\nc"), std::runtime_error);
  feed(*receiver, "");
  EXPECT_EQ(receiver->events, (Events{"L:a", "L:b"}));
  EXPECT_EQ(receiver->clearLineBuffer(), "c");
}

// --- Twisted's LineTester: every feature in one conversation ---------------------------

struct LineTester : LineReceiver, PullProducer {
  LineTester(Clock& clock) : LineReceiver({.delimiter = "\n", .maxLength = 64}), clock(clock) {}

  void lineReceived(BytesView line) override {
    received.emplace_back(line);
    if (line.empty()) {
      setRawMode();
    } else if (line == "pause") {
      pauseProducing();
      clock.callLater(Duration::zero(), [this] { LineReceiver::resumeProducing(); });
    } else if (line == "rawpause") {
      pauseProducing();
      setRawMode();
      received.emplace_back();
      clock.callLater(Duration::zero(), [this] { LineReceiver::resumeProducing(); });
    } else if (line == "stop") {
      LineReceiver::stopProducing();
    } else if (line.starts_with("len")) {
      length = static_cast<std::size_t>(std::stoi(Bytes(line.substr(4))));
    } else if (line.starts_with("produce")) {
      transport().registerProducer(static_cast<PullProducer&>(*this));
    } else if (line.starts_with("unproduce")) {
      transport().unregisterProducer();
    }
  }
  void rawDataReceived(BytesView data) override {
    const BytesView taken = data.substr(0, length);
    received.back() += taken;
    length -= taken.size();
    if (length == 0) setLineMode(data.substr(taken.size()));
  }
  void lineLengthExceeded(BytesView line) override {
    if (line.size() > maxLength() + 1) setLineMode(line.substr(maxLength() + 1));
  }
  // Twisted's producer methods and the receiver's are the same here; the producing does nothing.
  void resumeProducing() override {}
  void stopProducing() override {}

  Clock& clock;
  std::size_t length = 0;
  Events received;
};

/// Feeds `input` in chunks of each size from 1 to 9. Chunks wait while reading is paused, as they
/// do in the network. `before` is expected as soon as nothing more is read, `after` at the end.
void testLines(BytesView input, const Events& before, const Events& after) {
  for (std::size_t size = 1; size <= 9; ++size) {
    SCOPED_TRACE("in pieces of " + std::to_string(size));
    Clock clock;
    auto transport = std::make_shared<StringTransport>();
    auto tester = std::make_shared<LineTester>(clock);
    tester->makeConnection(transport);
    const Chunks chunks = cut(input, size);
    std::size_t next = 0;
    const auto feedWhileReading = [&] {
      while (next < chunks.size() && transport->reading() == StringTransport::Reading::producing) {
        feed(*tester, chunks[next++]);
      }
    };
    feedWhileReading();
    EXPECT_EQ(tester->received, before);
    while (clock.pendingCalls() > 0) {
      clock.advance(Duration::zero());
      feedWhileReading();
    }
    EXPECT_EQ(tester->received, after);
  }
}

TEST(LineTester, ReadsLinesAndRawDataByTurns) {
  const Events expected{
      "len 10", "0123456789", "len 5", "1234\n", "len 20", "foo 123", "0123456789\n012345678",
      "len 0",  "foo 5",      "",      "67890",  "len 1",  "a"};
  Bytes tens;
  for (int i = 0; i < 7; ++i) tens += "1234567890";
  testLines(
      "len 10\n\n0123456789len 5\n\n1234\nlen 20\nfoo 123\n\n0123456789\n012345678len 0\n"
      "foo 5\n\n" +
          tens + "\nlen 1\n\na",
      expected, expected);
}

TEST(LineTester, PausesInLineMode) {
  const Events before{"twiddle1", "twiddle2", "pause"};
  Events after = before;
  after.push_back("twiddle3");
  testLines("twiddle1\ntwiddle2\npause\ntwiddle3\n", before, after);
}

TEST(LineTester, PausesInRawMode) {
  testLines("twiddle1\ntwiddle2\nlen 5\nrawpause\n12345twiddle3\n",
            {"twiddle1", "twiddle2", "len 5", "rawpause", ""},
            {"twiddle1", "twiddle2", "len 5", "rawpause", "12345", "twiddle3"});
}

TEST(LineTester, Stops) {
  const Events expected{"twiddle1", "twiddle2", "stop"};
  testLines("twiddle1\ntwiddle2\nstop\nmore\nstuff\n", expected, expected);
}

TEST(LineTester, RegistersAndUnregistersAProducer) {
  const Events expected{"produce", "hello world", "unproduce", "goodbye"};
  testLines("produce\nhello world\nunproduce\ngoodbye\n", expected, expected);
}

}  // namespace
}  // namespace plait::testing
