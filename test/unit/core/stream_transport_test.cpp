// Sending and reading. Producers, closing and failing have files of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <random>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(StreamTransport, IsConnectedFromConnectionMadeUntilConnectionLost) {
  ScriptedConnection<> c;
  EXPECT_FALSE(c.medium->connected());
  c.protocol->whenMade = [&] {
    EXPECT_TRUE(c.protocol->connected());
    EXPECT_FALSE(c.medium->disconnecting());
  };
  c.protocol->whenLost = [&] {
    EXPECT_FALSE(c.protocol->connected());
    EXPECT_TRUE(c.medium->disconnecting());
  };
  c.connect();
  c.medium->loseConnection();
  EXPECT_TRUE(c.medium->connected());
  c.medium->run();
  EXPECT_FALSE(c.medium->connected());
}

TEST(StreamTransport, SendsNothingFromInsideWrite) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->write("abc");
  EXPECT_EQ(c.medium->sendCalls, 0);
  EXPECT_EQ(c.medium->bufferedBytes(), 3u);
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "abc");
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST(StreamTransport, SendsWhatOneCallbackWroteAtOnce) {
  ScriptedConnection<> c;
  c.protocol->whenMade = [&] {
    c.medium->write("hello ");
    c.medium->write(Bytes("big "));
    c.medium->write(share(Bytes(5000, 'x')));
    c.medium->writeSequence({" wor", "ld"});
  };
  c.protocol->whenData = [&](BytesView data) {
    c.medium->write(data);
    c.medium->write("!");
  };
  c.connect();
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"hello big " + Bytes(5000, 'x') + " world"}));
  c.medium->give("a");
  c.medium->give("b");
  EXPECT_EQ(c.medium->sendCalls, 3);
  EXPECT_EQ(c.medium->sends.back(), "b!");
}

TEST(StreamTransport, IgnoresEmptyWrites) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->write("");
  c.medium->write(Bytes());
  c.medium->write(share(""));
  c.medium->write(SharedBytes());
  c.medium->writeSequence({});
  c.medium->writeSequence({"", ""});
  EXPECT_FALSE(c.medium->wantsTurn());
}

TEST(StreamTransport, WaitsForRoomAndKeepsTheOrder) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->room = 4;
  c.medium->write("abcdef");
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "abcd");
  c.medium->write("ghi");
  EXPECT_FALSE(c.medium->wantsTurn()) << "the medium has no room: nothing to do";
  EXPECT_EQ(c.medium->bufferedBytes(), 5u);
  c.medium->makeRoom(1);
  EXPECT_EQ(c.medium->sent, "abcde");
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.medium->sent, "abcdefghi");
}

TEST(StreamTransport, SendsOnWhileTheMediumTakesPartsOfIt) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->largestSend = 2;
  c.medium->write("abcdefg");
  c.medium->run();
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"ab", "cd", "ef", "g"}));
}

TEST(StreamTransport, LetsOthersHaveTheirTurnWhileItSendsMuch) {
  ScriptedConnection<> c;
  c.connect();
  const Bytes much(3 * 1024 * 1024, 'm');
  c.medium->largestSend = 256 * 1024;
  c.medium->write(Bytes(much));
  c.medium->run();
  EXPECT_EQ(c.medium->turns, 3) << "a mebibyte each";
  EXPECT_TRUE(c.medium->sent == much);
}

TEST(StreamTransport, CountsWhatIsBuffered) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->room = 0;
  c.medium->write("abc");
  c.medium->run();
  c.medium->write(Bytes(10000, 'x'));
  EXPECT_EQ(c.medium->bufferedBytes(), 10003u);
  c.medium->makeRoom(5000);
  EXPECT_EQ(c.medium->bufferedBytes(), 5003u);
  c.medium->abortConnection();
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST(StreamTransport, SendsTheSameBytesHoweverTheMediumTakesThem) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto upTo = [&](std::size_t most) {
      return std::uniform_int_distribution<std::size_t>(0, most)(random);
    };
    ScriptedConnection<> c;
    c.connect();
    Bytes written;
    for (int step = 0; step < 300; ++step) {
      const Bytes bytes(upTo(9) == 0 ? upTo(9000) : upTo(40), static_cast<char>('a' + upTo(25)));
      switch (upTo(6)) {
        case 0:
          c.medium->write(BytesView(bytes));
          break;
        case 1:
          c.medium->write(Bytes(bytes));
          break;
        case 2:
          c.medium->write(share(bytes));
          break;
        case 3:
          c.medium->writeSequence({bytes});
          break;
        case 4:
          c.medium->largestSend = 1 + upTo(5000);
          continue;
        default:
          c.medium->makeRoom(upTo(4000));
          continue;
      }
      written += bytes;
      if (upTo(1) == 0) c.medium->run();
      ASSERT_EQ(c.medium->sent.size() + c.medium->bufferedBytes(), written.size());
    }
    c.medium->makeRoom(SIZE_MAX);
    ASSERT_EQ(c.medium->sent, written);
  }
}

TEST(StreamTransport, ReadsUnlessPaused) {
  ScriptedConnection<> c;
  c.connect();
  EXPECT_TRUE(c.medium->give("1"));
  c.medium->pauseProducing();
  c.medium->pauseProducing();
  EXPECT_FALSE(c.medium->give("2"));
  c.medium->resumeProducing();
  EXPECT_TRUE(c.medium->give("3"));
  c.medium->resumeProducing();
  EXPECT_EQ(c.journal, (Journal{"made", "data 1", "data 3"}));
}

TEST(StreamTransport, MayBePausedFromTheStart) {
  ScriptedConnection<> c;
  c.protocol->whenMade = [&] { c.medium->pauseProducing(); };
  c.connect();
  EXPECT_FALSE(c.medium->reading());
}

TEST(StreamTransport, DoesNotReadOnceItIsClosing) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->pauseProducing();
  c.medium->registerProducer(c.push);
  c.medium->loseConnection();
  c.medium->run();
  c.medium->resumeProducing();
  EXPECT_FALSE(c.medium->reading());
}

// Two ends that wait for each other to read would wait for ever.
TEST(StreamTransport, ThrowsAwayWhatComesWhileItIsClosingAndCannotSend) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->pauseProducing();
  c.medium->room = 0;
  c.medium->write("unsent");
  c.medium->loseConnection();
  EXPECT_FALSE(c.medium->reading());
  c.medium->run();
  c.takeJournal();
  EXPECT_TRUE(c.medium->give("thrown away"));
  EXPECT_EQ(c.medium->bytesReceived(), 0u);
  c.medium->giveEOF();
  EXPECT_FALSE(c.medium->reading());
  EXPECT_THAT(c.takeJournal(), IsEmpty());
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.medium->sent, "unsent");
  EXPECT_THAT(c.takeJournal(),
              ElementsAre("close orderly", "lost plait::ConnectionDone", "medium lost"));
}

TEST(StreamTransport, ThrowsNothingAwayOnceItIsAborted) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->room = 0;
  c.medium->write("unsent");
  c.medium->loseConnection();
  c.medium->run();
  ASSERT_TRUE(c.medium->reading());
  c.medium->abortConnection();
  EXPECT_FALSE(c.medium->reading());
}

TEST(StreamTransport, TellsTheEndOfFileOnlyWhenReading) {
  ScriptedConnection<> c;
  c.connect();
  c.medium->pauseProducing();
  c.medium->giveEOF();
  EXPECT_TRUE(c.medium->connected());
  c.medium->resumeProducing();
  c.medium->giveEOF();
  EXPECT_FALSE(c.medium->connected());
}

TEST(StreamTransport, IsSilentAndAnswersQuestionsAfterTheLoss) {
  ScriptedConnection<> c;
  c.protocol->whenLost = [&] {
    c.medium->write("late");
    EXPECT_EQ(toString(c.protocol->transport().getPeer()), "1.2.3.4:5");
    EXPECT_EQ(toString(c.protocol->transport().getHost()), "10.0.0.1:80");
  };
  c.connect();
  c.medium->loseConnection();
  c.medium->run();
  c.takeJournal();
  c.medium->write("late");
  c.medium->write(share("late"));
  c.medium->writeSequence({"late"});
  c.medium->loseConnection();
  c.medium->loseWriteConnection();
  c.medium->abortConnection();
  c.medium->pauseProducing();
  c.medium->resumeProducing();
  c.medium->unregisterProducer();
  c.medium->failConnection(Failure(1), "nothing");
  c.medium->makeRoom(1);
  c.medium->run();
  EXPECT_EQ(c.journal, Journal{});
  EXPECT_EQ(c.medium->sent, "");
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
  EXPECT_EQ(toString(c.protocol->transport().getPeer()), "1.2.3.4:5");
}

TEST(StreamTransport, LetsGoOfItsProtocolAfterTheLoss) {
  ScriptedConnection<> c;
  c.connect();
  EXPECT_EQ(c.protocol.use_count(), 2);
  c.medium->abortConnection();
  c.medium->run();
  EXPECT_EQ(c.protocol.use_count(), 1);
}

TEST(StreamTransport, KeepsItsProtocolAliveUntilTheLoss) {
  ScriptedConnection<> c;
  c.connect();
  const std::weak_ptr<ScriptedProtocol> watch = c.protocol;
  c.protocol.reset();
  EXPECT_TRUE(c.medium->give("x"));
  c.medium->loseConnection();
  c.medium->run();
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(c.journal.back(), "medium lost");
}

TEST(StreamTransport, RemembersItsOptions) {
  ScriptedConnection<> c({.highWaterMark = 7});
  EXPECT_EQ(c.medium->transportOptions().highWaterMark, 7u);
  c.medium->setTransportOptions({.lowWaterMark = 3});
  EXPECT_EQ(c.medium->transportOptions().highWaterMark, 65536u);
  EXPECT_EQ(c.medium->transportOptions().lowWaterMark, 3u);
}

TEST(StreamTransport, CarriesBytesBothWaysInMemory) {
  Clock clock;
  auto server = std::make_shared<RecordingProtocol>();
  auto client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection(clock, server, client, {.pipeCapacity = 10, .largestChunk = 3});
  const Bytes there(1000, 't');
  const Bytes back(500, 'b');
  client->transport().write(BytesView(there));
  server->transport().write(BytesView(back));
  EXPECT_TRUE(connection.flush());
  EXPECT_EQ(server->data, there);
  EXPECT_EQ(client->data, back);
  EXPECT_GE(server->chunks, 334);
}

}  // namespace
}  // namespace plait::testing
