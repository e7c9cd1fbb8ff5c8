// How writes become records, and who waits when the transport below takes no more.
#include <plait/testing/deferred_results.hpp>

#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

constexpr int kFull = 16 * 1024 + 17;  // a full record of TLS 1.3: kind and tag behind the data

struct TLSSending : ::testing::Test {
  /// Makes it send what was written, and returns the sizes of the records.
  std::vector<int> sentRecords() {
    medium.run();
    Bytes all;
    for (const Bytes& each : medium.sends) all += each;
    return records(all);
  }
  /// The transport below takes nothing until `makeRoom`.
  void stall() { medium.room = 0; }
  void makeRoom(std::size_t bytes = SIZE_MAX) {
    medium.makeRoom(bytes);
    relay.exchange();
  }

  TLSRelay relay;
  ScriptedMedium& medium = *relay.serverMedium;
  TLSEnd& server = *relay.server;
  TLSEnd& client = *relay.client;
};

TEST_F(TLSSending, JoinsTheWritesOfACallbackInOneRecordAndOneSend) {
  relay.connectAndShake();
  server.whenData = [&] {
    for (int i = 0; i < 100; ++i) server.transport().write("abc");
  };
  client.transport().write("go");
  relay.clientMedium->run();
  medium.give(TLSRelay::takeSent(*relay.clientMedium));
  EXPECT_EQ(medium.sends.size(), 1u);
  EXPECT_THAT(sentRecords(), ElementsAre(300 + 17));
}

TEST_F(TLSSending, FillsRecordsWithSmallWrites) {
  relay.connectAndShake();
  for (int i = 0; i < 100; ++i) server.transport().write(Bytes(500, 'x'));
  EXPECT_THAT(sentRecords(), ElementsAre(kFull, kFull, kFull, 50'000 - 3 * 16 * 1024 + 17));
}

TEST_F(TLSSending, FillsRecordsWithLargeWritesAndWhatIsBehindThem) {
  relay.connectAndShake();
  server.transport().write(Bytes(40'000, 'x'));
  for (int i = 0; i < 10; ++i) server.transport().write("0123456789");
  EXPECT_THAT(sentRecords(), ElementsAre(kFull, kFull, 40'100 - 2 * 16 * 1024 + 17));
}

TEST_F(TLSSending, KeepsTheOrderOfWritesOfAllSizesAndKinds) {
  relay.connectAndShake();
  const Bytes all = pattern(2'000'000);
  std::size_t at = 0;
  for (std::size_t size : {1, 16'383, 5'000, 16'384, 3, 16'385, 70'000, 4'096, 300'000, 12}) {
    const BytesView part = BytesView(all).substr(at, size);
    at += size;
    switch (size % 3) {
      case 0:
        server.transport().write(part);
        break;
      case 1:
        server.transport().write(Bytes(part));
        break;
      case 2:
        server.transport().write(std::make_shared<const Bytes>(part));
    }
  }
  medium.run();
  relay.exchange();
  EXPECT_TRUE(client.data == all.substr(0, at));
}

TEST_F(TLSSending, SendsWhatWasWrittenBeforeTheHandshakeBehindItInTheSameSend) {
  client.whenMade = [&] {
    client.transport().write("early ");
    client.transport().write("bird");
    EXPECT_EQ(client.transport().bufferedBytes(), 10u);
  };
  relay.connect();
  relay.exchange();
  EXPECT_EQ(server.data, "early bird");
  EXPECT_EQ(server.chunks, 1);
  EXPECT_EQ(relay.clientMedium->sends.size(), 2u) << "the hello, and the rest";
}

TEST_F(TLSSending, EncryptsNoMoreThanTheTransportBelowShouldBuffer) {
  relay.connectAndShake();
  stall();
  server.transport().write(pattern(1'000'000));
  medium.run();
  EXPECT_GE(server.transport().bufferedBytes(), 1'000'000u);
  EXPECT_LT(medium.bufferedBytes(), 200'000u);
  makeRoom();
  EXPECT_TRUE(client.data == pattern(1'000'000));
  EXPECT_EQ(server.transport().bufferedBytes(), 0u);
}

TEST_F(TLSSending, PausesAPushProducerUntilThePeerReads) {
  relay.connectAndShake();
  Journal journal;
  ScriptedPush producer(journal);
  server.transport().registerProducer(producer);
  stall();
  std::size_t written = 0;
  for (; journal.empty() && written < 1'000'000; written += 30'000) {
    server.transport().write(Bytes(30'000, 'x'));
    medium.run();
  }
  EXPECT_THAT(journal, ElementsAre("pause"));
  EXPECT_LT(written, 300'000u);
  makeRoom();
  EXPECT_THAT(journal, ElementsAre("pause", "resume"));
  EXPECT_EQ(client.data.size(), written);
  server.transport().unregisterProducer();
}

TEST_F(TLSSending, PausesAPushProducerDuringTheHandshake) {
  Journal journal;
  ScriptedPush producer(journal);
  client.whenMade = [&] {
    client.transport().registerProducer(producer);
    client.transport().write(Bytes(70'000, 'x'));
  };
  relay.connect();
  EXPECT_THAT(journal, ElementsAre("pause"));
  relay.exchange();
  EXPECT_THAT(journal, ElementsAre("pause", "resume"));
  client.transport().unregisterProducer();
}

TEST_F(TLSSending, AsksAPullProducerAsFastAsThePeerReads) {
  relay.connectAndShake();
  Journal journal;
  ScriptedPull producer(journal);
  int left = 100;
  producer.whenResumed = [&] {
    server.transport().write(Bytes(10'000, 'x'));
    if (--left == 0) server.transport().unregisterProducer();
  };
  stall();
  server.transport().registerProducer(producer);
  medium.run();
  EXPECT_GT(left, 80);
  makeRoom();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(client.data.size(), 1'000'000u);
}

TEST_F(TLSSending, AbortsWhenMoreIsBufferedThanAllowed) {
  TransportOptions options;
  options.writeBufferLimit = 1000;
  relay.connectAndShake();
  server.transport().setTransportOptions(options);
  stall();
  for (int i = 0; i < 10; ++i) {
    server.transport().write(Bytes(50'000, 'x'));
    medium.run();
  }
  EXPECT_TRUE(server.lostWith<WriteBufferFull>()) << server.message();
  EXPECT_THAT(relay.journal, ElementsAre("close reset", "medium lost"));
}

TEST_F(TLSSending, TellsWhenThePeerHasTakenEverything) {
  relay.connectAndShake();
  stall();
  server.transport().write("abc");
  medium.run();
  auto drained = server.transport().drained();
  EXPECT_THROW(successResultOf(drained), std::logic_error);
  makeRoom(10);
  EXPECT_THROW(successResultOf(drained), std::logic_error) << "the record is longer";
  makeRoom();
  successResultOf(drained);
}

TEST_F(TLSSending, TellsThoseWhoWaitForThatOfTheLoss) {
  relay.connectAndShake();
  stall();
  server.transport().write("abc");
  auto drained = server.transport().drained();
  medium.breakDown(std::errc::connection_reset);
  failureResultOf<ConnectionLost>(drained);
  EXPECT_TRUE(server.lostWith<ConnectionLost>());
}

}  // namespace
}  // namespace plait::testing
