#include <sys/socket.h>

#include <plait/echo/echo.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// Writes chunks until paused, up to `total` bytes, and unregisters itself then.
class Source : public PushProducer {
 public:
  Source(Transport& to, std::size_t total) : to_(to), left_(total) {}

  void produce() {
    while (!paused && !stopped && left_ > 0) {
      const std::size_t size = std::min(left_, chunk_->size());
      left_ -= size;
      to_.write(size == chunk_->size() ? chunk_ : share(Bytes(size, 'p')));
      most = std::max(most, to_.bufferedBytes());
      if (left_ == 0) to_.unregisterProducer();
    }
  }
  void pauseProducing() override {
    EXPECT_FALSE(paused) << "paused twice";
    paused = true;
    ++pauses;
  }
  void resumeProducing() override {
    EXPECT_TRUE(paused) << "resumed without having been paused";
    paused = false;
    ++resumes;
    produce();
  }
  void stopProducing() override {
    stopped = true;
    ++stops;
  }

  bool paused = false;
  bool stopped = false;
  int pauses = 0;
  int resumes = 0;
  int stops = 0;
  std::size_t most = 0;  ///< ever buffered

 private:
  Transport& to_;
  std::size_t left_;
  SharedBytes chunk_ = share(Bytes(16 * 1024, 'p'));
};

class FlowControl : public ServerTest {
 protected:
  Transport& transport() { return *server->last().transport; }
};

TEST_F(FlowControl, SendsAHundredMegabytesToASlowReaderInBoundedMemory) {
  constexpr std::size_t kTotal = 100 * kMegabyte;
  RawPeer peer = connectRaw();
  Source source(transport(), kTotal);
  transport().registerProducer(source);
  source.produce();
  std::size_t received = 0;
  bool lettingItWait = true;
  runUntil([&] {
    if (std::exchange(lettingItWait, !lettingItWait)) return false;  // every other time
    received += peer.receive(200'000);
    peer.received.clear();
    return received == kTotal;
  });
  EXPECT_GT(source.pauses, 10);
  EXPECT_EQ(source.resumes, source.pauses);
  EXPECT_LE(source.most, 64u * 1024 + 16 * 1024);
}

TEST_F(FlowControl, PausesAboveTheHighWaterMarkAndNotAtIt) {
  for (const auto& [size, pauses] : {std::pair{65536u, 0}, {65537u, 1}, {65538u, 1}}) {
    RawPeer peer = connectRaw();
    Source source(transport(), 0);
    transport().registerProducer(source);
    transport().write(Bytes(size, 'x'));
    EXPECT_EQ(source.pauses, pauses) << size;
    runUntil([&] { return transport().bufferedBytes() == 0; });
    EXPECT_EQ(source.resumes, pauses) << size;
    transport().unregisterProducer();
  }
}

TEST_F(FlowControl, ResumesOnlyAtTheLowWaterMark) {
  RawPeer peer = connectRaw();
  transport().setTransportOptions({.highWaterMark = 1000, .lowWaterMark = 500});
  struct : PushProducer {
    void pauseProducing() override { ++pauses; }
    void resumeProducing() override {
      ++resumes;
      bufferedThen = transport->bufferedBytes();
    }
    void stopProducing() override {}
    int pauses = 0, resumes = 0;
    std::size_t bufferedThen = 0;
    Transport* transport = nullptr;
  } producer;
  producer.transport = &transport();
  transport().registerProducer(producer);
  transport().write(Bytes(10 * kMegabyte, 'x'));
  EXPECT_EQ(producer.pauses, 1);
  runWhatIsReady();
  EXPECT_EQ(producer.resumes, 0);
  runUntil([&] {
    peer.receiveAll();
    return producer.resumes == 1;
  });
  EXPECT_LE(producer.bufferedThen, 500u);
  EXPECT_EQ(producer.pauses, 1);
  transport().unregisterProducer();
}

TEST_F(FlowControl, PausesOnceHoweverMuchMoreIsWritten) {
  RawPeer peer = connectRaw();
  Source source(transport(), 0);
  transport().registerProducer(source);
  for (int i = 0; i < 10; ++i) transport().write(Bytes(100'000, 'x'));
  EXPECT_EQ(source.pauses, 1);
  transport().unregisterProducer();
}

TEST_F(FlowControl, ASecondProducerIsRefusedAndTheFirstStays) {
  RawPeer peer = connectRaw();
  Source first(transport(), 0);
  Source second(transport(), 0);
  transport().registerProducer(first);
  EXPECT_THROW(transport().registerProducer(second), std::logic_error);
  transport().write(Bytes(100'000, 'x'));
  EXPECT_EQ(first.pauses, 1);
  EXPECT_EQ(second.pauses, 0);
  transport().unregisterProducer();
  EXPECT_NO_THROW(transport().registerProducer(second));
  transport().unregisterProducer();
  transport().unregisterProducer();  // no error
}

TEST_F(FlowControl, OnALostConnectionAProducerIsStoppedAtOnce) {
  RawPeer peer = connectRaw();
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  Source source(transport(), 100);
  transport().registerProducer(source);
  EXPECT_EQ(source.stops, 1);
}

TEST_F(FlowControl, StopsTheProducerBeforeConnectionLost) {
  RawPeer peer = connectRaw();
  Source source(transport(), 0);
  int stopsThen = 0;
  server->script.lost = [&](Connection&, const Failure&) { stopsThen = source.stops; };
  transport().registerProducer(source);
  peer.reset();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_EQ(stopsThen, 1);
  EXPECT_EQ(source.stops, 1);
  EXPECT_EQ(source.resumes, 0);
}

TEST_F(FlowControl, LoseConnectionWaitsForTheProducer) {
  RawPeer peer = connectRaw();
  constexpr std::size_t kTotal = 3 * kMegabyte;
  Source source(transport(), kTotal);
  transport().registerProducer(source);
  transport().loseConnection();
  const Bytes more = "dropped? no: a producer is registered, and this may be it";
  transport().write(more);
  source.produce();
  runUntil([&] { return peer.ended(); });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received.size(), kTotal + more.size());
  EXPECT_EQ(source.stops, 0);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(FlowControl, AnIdleProducerKeepsAClosingConnectionUntilItIsUnregistered) {
  RawPeer peer = connectRaw();
  Source source(transport(), 0);
  transport().registerProducer(source);
  transport().write("first");
  transport().loseConnection();
  runUntil([&] {
    peer.receiveAll();
    return peer.received == "first";
  });
  runWhatIsReady();
  EXPECT_EQ(server->last().lost, 0);
  transport().write(" second");
  transport().unregisterProducer();
  transport().write(" third");  // nobody's
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(peer.received, "first second");
}

TEST_F(FlowControl, APullProducerIsAskedWheneverTheBufferIsEmpty) {
  struct File : PullProducer {
    void resumeProducing() override {
      EXPECT_EQ(to->bufferedBytes(), 0u);
      if (left == 0) return to->unregisterProducer();
      --left;
      to->write(Bytes(100'000, static_cast<char>('a' + left % 26)));
    }
    void stopProducing() override { ++stops; }
    Transport* to = nullptr;
    int left = 50;
    int stops = 0;
  } file;
  RawPeer peer = connectRaw();
  file.to = &transport();
  transport().registerProducer(file);
  EXPECT_EQ(file.left, 49);  // asked at once
  transport().loseConnection();
  runUntil([&] { return peer.ended(); });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received.size(), 5'000'000u);
  EXPECT_EQ(file.stops, 0);
}

TEST_F(FlowControl, EchoStopsReadingWhileItsPeerDoesNotRead) {
  auto echoPort = listen(Factory::forProtocol<Echo>());
  auto client = ScriptedFactory::make();
  connect(echoPort, client);
  runUntil([&] { return client->connected(); });
  Connection& connection = client->last();
  connection.transport->pauseProducing();
  const Bytes sent = pattern(30 * kMegabyte);
  connection.transport->write(sent);
  std::size_t before = 0;
  int rounds = 0;
  // What the systems' buffers hold goes out; then both ends wait.
  runUntil([&] {
    const std::size_t now = connection.transport->bufferedBytes();
    rounds = now == before ? rounds + 1 : 0;
    before = now;
    return rounds > 200;
  });
  EXPECT_GT(connection.transport->bufferedBytes(), 0u);
  connection.transport->resumeProducing();
  runUntil([&] { return connection.received.size() == sent.size(); });
  EXPECT_EQ(connection.received, sent);
}

TEST_F(FlowControl, ATransportCanBeAnothersProducer) {
  // A proxy: what comes on `in` goes to `out`, at the speed of out's reader.
  RawPeer in = connectRaw();
  auto from = server->last().transport;
  RawPeer out = connectRaw();
  auto to = server->last().transport;
  to->registerProducer(*from);
  server->script.data = [&](Connection&, BytesView data) {
    to->write(data);
    EXPECT_LE(to->bufferedBytes(), 400'000u);  // the mark and a read
  };
  const Bytes all = pattern(10 * kMegabyte);
  BytesView left = all;
  runUntil([&] {
    const ssize_t size = ::send(in.socket(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) left.remove_prefix(static_cast<std::size_t>(size));
    out.receive(50'000);
    return out.received.size() == all.size();
  });
  EXPECT_EQ(out.received, all);
  to->unregisterProducer();
}

}  // namespace
}  // namespace plait::testing
