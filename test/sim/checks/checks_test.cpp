#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/testing/string_transport.hpp>

#include "../support/connection_watch.hpp"
#include "../support/play.hpp"
#include "../support/producer_watch.hpp"
#include "../support/stream_check.hpp"

/// What the simulation checks is broken on purpose: each check has to find it.
namespace plait::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Checks : public ::testing::Test {
 protected:
  void expectFailure(const char* text) {
    EXPECT_THAT(run.failures(), ElementsAre(HasSubstr(text)));
  }

  sim::Run run{1};
  ConnectionWatch& watch = run.watch("it");
  testing::StringTransport transport;
};

TEST_F(Checks, FindNothingWhereNothingIsWrong) {
  watch.made(transport);
  watch.data(transport);
  transport.setConnected(false);
  watch.lost(transport, connectionDone());
  run.finish();
  EXPECT_THAT(run.failures(), IsEmpty());
}

// --- Callbacks -------------------------------------------------------------------------

TEST_F(Checks, FindACallbackInsideOfAnother) {
  const ConnectionWatch::Call outer(watch, "dataReceived");
  const ConnectionWatch::Call inner(watch, "connectionMade");
  expectFailure("connectionMade came inside of dataReceived");
}

TEST_F(Checks, FindDataBeforeTheConnection) {
  watch.data(transport);
  expectFailure("data came before connectionMade");
}

TEST_F(Checks, FindASecondConnectionMade) {
  watch.made(transport);
  watch.made(transport);
  expectFailure("connectionMade came twice");
}

TEST_F(Checks, FindDataWhileClosing) {
  watch.made(transport);
  transport.loseConnection();
  watch.data(transport);
  EXPECT_THAT(run.failures(), ::testing::Contains(HasSubstr("data came while it is closed")));
}

TEST_F(Checks, FindASecondLossAndDataBehindIt) {
  watch.made(transport);
  transport.setConnected(false);
  watch.lost(transport, connectionDone());
  watch.lost(transport, connectionDone());
  expectFailure("connectionLost came twice");
  watch.data(transport);
  EXPECT_THAT(run.failures(), ::testing::Contains(HasSubstr("data came after connectionLost")));
}

TEST_F(Checks, FindAReasonThatMayNotBe) {
  watch.allowReasons({"plait::ConnectionDone"});
  watch.made(transport);
  transport.setConnected(false);
  watch.lost(transport, Failure(ConnectionLost()));
  expectFailure("lost with plait::ConnectionLost");
}

TEST_F(Checks, FindAConnectionThatIsNeverLost) {
  watch.made(transport);
  run.finish();
  expectFailure("the connection was not lost in the end");
}

TEST_F(Checks, FindABufferThatIsTooLarge) {
  transport.setBufferedBytes(1001);
  watch.limitBuffer(1000);
  watch.made(transport);
  expectFailure("1001 bytes are buffered, 1000 may be");
}

// --- Streams ---------------------------------------------------------------------------

TEST_F(Checks, FindAByteThatIsDropped) {
  StreamCheck stream(run, "the stream");
  Bytes bytes = stream.next(10'000);
  bytes.erase(5'000, 1);
  stream.received(bytes);
  expectFailure("byte 5000 is not what was sent");
}

TEST_F(Checks, FindBytesThatComeTwice) {
  StreamCheck stream(run, "the stream");
  const Bytes bytes = stream.next(100);
  stream.received(bytes);
  stream.received(bytes);
  expectFailure("byte 100 is not what was sent");
}

TEST_F(Checks, FindBytesThatDoNotCome) {
  StreamCheck stream(run, "the stream");
  stream.received(stream.next(100).substr(0, 99));
  stream.expectAll();
  expectFailure("99 of 100 bytes came");
}

// --- Producers -------------------------------------------------------------------------

TEST_F(Checks, FindASecondPause) {
  ProducerWatch producer(run, "the producer");
  producer.pauseProducing();
  producer.pauseProducing();
  expectFailure("paused twice");
}

TEST_F(Checks, FindAResumeWithoutAPause) {
  ProducerWatch producer(run, "the producer");
  producer.resumeProducing();
  expectFailure("resumed, and was not paused");
}

TEST_F(Checks, FindWhatComesBehindAStop) {
  ProducerWatch producer(run, "the producer");
  producer.stopProducing();
  producer.pauseProducing();
  expectFailure("paused after it was stopped");
}

// --- Runs ------------------------------------------------------------------------------

TEST_F(Checks, FindWhatIsLeftOver) {
  testing::SimulatedHost& host = run.network.addHost("host");
  host.listenTCP(7, Factory::forProtocol<Protocol>());
  run.finish();
  expectFailure("host: a listener on 0.0.0.0:7");
}

TEST_F(Checks, FindAnErrorThatIsLogged) {
  testing::SimulatedHost& host = run.network.addHost("host");
  host.callLater(1s, [] { throw std::runtime_error("oops"); });
  run.network.runFor(1s);
  expectFailure("oops");
}

TEST_F(Checks, FindNothingInAnErrorThatIsMeant) {
  run.allowError("oops");
  testing::SimulatedHost& host = run.network.addHost("host");
  host.callLater(1s, [] { throw std::runtime_error("oops"); });
  run.finish();
  EXPECT_THAT(run.failures(), IsEmpty());
}

/// An echo that forgets a byte now and then, over the network.
class ForgetfulEcho : public Protocol {
 public:
  void dataReceived(BytesView data) override { transport().write(data.substr(data.size() > 100)); }
};

class Checked : public Protocol {
 public:
  explicit Checked(sim::Run& run) : stream_(run, "the echo") {}
  void connectionMade() override { transport().write(stream_.next(10'000)); }
  void dataReceived(BytesView data) override { stream_.received(data); }

 private:
  StreamCheck stream_;
};

TEST_F(Checks, FindAnEchoThatForgetsAByte) {
  testing::SimulatedHost& host = run.network.addHost("host");
  host.listenTCP(7, Factory::forProtocol<ForgetfulEcho>());
  host.connectTCP("host", 7, ClientFactory::forProtocol<Checked>(std::ref(run)));
  run.network.runFor(1min);
  EXPECT_THAT(run.failures(), ::testing::Contains(HasSubstr("is not what was sent")));
}

TEST_F(Checks, FindWhatAScenarioThrows) {
  const Scenario scenario{"throws", [](sim::Run&) { throw std::runtime_error("oops"); }};
  EXPECT_THAT(play(scenario, 1).failures, ElementsAre(HasSubstr("thrown: oops")));
}

}  // namespace
}  // namespace plait::sim
