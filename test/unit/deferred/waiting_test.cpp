// `Transport::drained`, over each transport of room testing. Its order with other events is tested
// in room core: stream_transport_drain_test.cpp.
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/logged_errors.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/string_transport.hpp>

namespace plait::testing {
namespace {

/// A connection whose pipe holds four bytes and whose client does not read until it is told to.
struct Drained : ::testing::Test {
  Drained() { client->transport().pauseProducing(); }
  void TearDown() override { EXPECT_TRUE(errors.empty()); }
  void write(BytesView bytes) {
    transport.write(bytes);
    connection->flush();
  }
  void read() {
    client->transport().resumeProducing();
    connection->flush();
  }

  LoggedErrors errors;
  Clock clock;
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::optional<MemoryConnection> connection{std::in_place, clock, server, client,
                                             MemoryConnection::Options{.pipeCapacity = 4}};
  Transport& transport = server->transport();
};

TEST_F(Drained, FiresAtOnceWhenNothingIsBuffered) {
  successResultOf(transport.drained());
  write("abc");
  successResultOf(transport.drained());
}

TEST_F(Drained, FiresWhenThePipeHasTakenEverything) {
  write("abcdef");
  const auto drained = transport.drained();
  assertNoResult(drained);
  read();
  successResultOf(drained);
  EXPECT_EQ(client->data, "abcdef");
}

TEST_F(Drained, FailsWhenTheConnectionIsLost) {
  write("abcdef");
  const auto drained = transport.drained();
  connection->cut();
  connection->flush();
  failureResultOf<ConnectionLost>(drained);
  failureResultOf<ConnectionLost>(transport.drained());
}

TEST_F(Drained, FailsWhenTheWireIsDestroyed) {
  write("abcdef");
  const auto drained = transport.drained();
  connection.reset();
  failureResultOf<ConnectionAborted>(drained);
}

TEST_F(Drained, FiresInTheMiddleOfAClose) {
  write("abcdef");
  const auto drained = transport.drained();
  transport.loseConnection();
  read();
  successResultOf(drained);
  failureResultOf<ConnectionDone>(transport.drained());
}

TEST_F(Drained, MayBeCancelled) {
  write("abcdef");
  const auto drained = transport.drained();
  drained.cancel();
  failureResultOf<CancelledError>(drained);
  read();
  EXPECT_EQ(client->data, "abcdef");
}

TEST_F(Drained, LetsACoroutineWriteNoFasterThanItsPeerReads) {
  std::size_t most = 0;
  const auto writing = [](Transport& to, std::size_t& peak) -> Deferred<void> {
    for (int i = 0; i < 100; ++i) {
      to.write("0123456789");
      peak = std::max(peak, to.bufferedBytes());
      co_await to.drained();
    }
  }(transport, most);
  connection->flush();
  assertNoResult(writing);
  read();
  successResultOf(writing);
  EXPECT_EQ(client->data.size(), 1000u);
  EXPECT_EQ(most, 10u);
}

// --- StringTransport -------------------------------------------------------------------

TEST(DrainedStringTransport, IsWhatTheTestSays) {
  StringTransport transport;
  successResultOf(transport.drained());
  transport.setBufferedBytes(3);
  const auto drained = transport.drained();
  transport.setBufferedBytes(1);
  assertNoResult(drained);
  transport.setBufferedBytes(0);
  successResultOf(drained);
}

TEST(DrainedStringTransport, FailsOnceItIsLost) {
  StringTransport transport;
  transport.setBufferedBytes(3);
  const auto drained = transport.drained();
  transport.setConnected(false);
  failureResultOf<ConnectionDone>(drained);
  failureResultOf<ConnectionDone>(transport.drained());
  transport.setBufferedBytes(0);
  failureResultOf<ConnectionDone>(transport.drained());
}

TEST(DrainedStringTransport, FailsWithTheReasonThatTheProtocolGave) {
  StringTransport transport;
  transport.setBufferedBytes(3);
  const auto drained = transport.drained();
  transport.abortConnection(Failure(std::runtime_error("enough")));
  assertNoResult(drained);
  transport.setConnected(false);
  failureResultOf<std::runtime_error>(drained);
}

TEST(DrainedStringTransport, LetsAWaiterWaitAgain) {
  StringTransport transport;
  transport.setBufferedBytes(3);
  std::optional<Deferred<void>> again;
  transport.drained().addCallback([&] {
    transport.setBufferedBytes(1);
    again = transport.drained();
  });
  transport.setBufferedBytes(0);
  assertNoResult(*again);
  transport.setBufferedBytes(0);
  successResultOf(*again);
}

}  // namespace
}  // namespace plait::testing
