#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/echo/echo.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <random>

namespace plait::testing {
namespace {

struct HalfCloseableRecorder : RecordingProtocol, HalfCloseableProtocol {
  void readConnectionLost() override {
    ++readLost;
    transport().loseConnection();
  }
  void writeConnectionLost() override {}
  int readLost = 0;
};

template <class Service, class Client = RecordingProtocol>
struct Served {
  explicit Served(MemoryConnection::Options options = {})
      : connection(clock, std::make_shared<Service>(), client, std::move(options)) {}

  Clock clock;
  std::shared_ptr<Client> client = std::make_shared<Client>();
  MemoryConnection connection;
};

Bytes someBytes(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes(count, ' ');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Echo, SendsEveryByteBack) {
  Served<Echo> served;
  const Bytes bytes = someBytes(1000);
  served.client->transport().write(BytesView(bytes));
  served.connection.flush();
  EXPECT_EQ(served.client->data, bytes);
  EXPECT_TRUE(served.client->connected());
}

TEST(Echo, SendsEveryByteBackHoweverItComes) {
  for (const std::size_t chunk : {1u, 2u, 7u, 4096u}) {
    Served<Echo> served({.pipeCapacity = 100, .largestChunk = chunk});
    const Bytes bytes = someBytes(5000);
    served.client->transport().write(BytesView(bytes));
    served.connection.flush();
    EXPECT_EQ(served.client->data, bytes);
  }
}

TEST(Echo, StopsReadingWhileItsPeerDoesNot) {
  Served<Echo> served;
  const Bytes bytes = someBytes(4 * 1024 * 1024);
  served.client->transport().pauseProducing();
  served.client->transport().write(BytesView(bytes));
  EXPECT_TRUE(served.connection.flush());
  // Above its mark by one read at most, and the rest waits in the pipe and in the client.
  EXPECT_LE(served.connection.server().bufferedBytes(), 2u * 65536);
  EXPECT_GT(served.connection.client().bufferedBytes(), 3u * 1024 * 1024);

  served.client->transport().resumeProducing();
  EXPECT_TRUE(served.connection.flush());
  EXPECT_TRUE(served.client->data == bytes);
  EXPECT_EQ(served.connection.server().bufferedBytes(), 0u);
}

TEST(Echo, GoesOnThroughManyPauses) {
  Served<Echo> served({.pipeCapacity = 10000});
  const Bytes bytes = someBytes(1024 * 1024);
  served.client->transport().write(BytesView(bytes));
  for (int i = 0; i < 200; ++i) {
    served.client->transport().pauseProducing();
    served.connection.flush(7);
    ASSERT_LE(served.connection.server().bufferedBytes(), 2u * 65536);
    served.client->transport().resumeProducing();
    served.connection.flush(3);
  }
  served.connection.flush();
  EXPECT_TRUE(served.client->data == bytes);
}

TEST(Echo, GivesEverythingBackAfterAHalfClose) {
  Served<Echo, HalfCloseableRecorder> served({.pipeCapacity = 1000});
  const Bytes bytes = someBytes(300'000);
  served.client->transport().write(BytesView(bytes));
  served.client->transport().loseWriteConnection();
  served.connection.flush();
  EXPECT_TRUE(served.client->data == bytes);
  EXPECT_EQ(served.client->readLost, 1);
  EXPECT_TRUE(served.connection.over());
}

TEST(Echo, GivesEverythingBackToAPeerThatPausesAndHalfCloses) {
  Served<Echo> served;
  const Bytes bytes = someBytes(500'000);
  served.client->transport().pauseProducing();
  served.client->transport().write(BytesView(bytes));
  served.client->transport().loseWriteConnection();
  served.connection.flush();
  served.client->transport().resumeProducing();
  served.connection.flush();
  EXPECT_TRUE(served.client->data == bytes);
  EXPECT_NE(served.client->reason->check<ConnectionDone>(), nullptr);
  EXPECT_EQ(served.clock.pendingCalls(), 0u);
}

TEST(Echo, EndsWithItsPeer) {
  Served<Echo> served;
  served.client->transport().loseConnection();
  served.connection.flush();
  EXPECT_TRUE(served.connection.over());
}

TEST(Discard, ThrowsEveryByteAway) {
  Served<Discard> served;
  served.client->transport().write(Bytes(1'000'000, 'x'));
  EXPECT_TRUE(served.connection.flush());
  EXPECT_EQ(served.client->data, "");
  EXPECT_EQ(served.connection.client().bufferedBytes(), 0u);
  EXPECT_TRUE(served.client->connected());
  served.client->transport().loseConnection();
  served.connection.flush();
  EXPECT_TRUE(served.connection.over());
}

}  // namespace
}  // namespace plait::testing
