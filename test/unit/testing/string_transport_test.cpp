#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace plait::testing {
namespace {

using Reading = StringTransport::Reading;

struct Push : PushProducer {
  void pauseProducing() override {}
  void resumeProducing() override {}
  void stopProducing() override { ++stopped; }
  int stopped = 0;
};

struct Pull : PullProducer {
  void resumeProducing() override { ++asked; }
  void stopProducing() override { ++stopped; }
  int asked = 0;
  int stopped = 0;
};

TEST(StringTransport, KeepsWhatIsWritten) {
  StringTransport transport;
  transport.write("a");
  transport.write(Bytes(10000, 'b'));
  EXPECT_EQ(transport.value(), "a" + Bytes(10000, 'b'));
  transport.clear();
  EXPECT_EQ(transport.value(), "");
}

TEST(StringTransport, DropsWhatIsWrittenAfterClosing) {
  for (auto close : {+[](StringTransport& t) { t.loseConnection(); },
                     +[](StringTransport& t) { t.loseWriteConnection(); },
                     +[](StringTransport& t) { t.abortConnection(); },
                     +[](StringTransport& t) { t.setConnected(false); }}) {
    StringTransport transport;
    transport.write("kept");
    close(transport);
    transport.write("dropped");
    EXPECT_EQ(transport.value(), "kept");
  }
}

TEST(StringTransport, TakesTheProducersWritesWhileClosing) {
  StringTransport transport;
  Push push;
  transport.registerProducer(push);
  transport.loseConnection();
  transport.write("a");
  transport.unregisterProducer();
  transport.write("b");
  EXPECT_EQ(transport.value(), "a");
}

TEST(StringTransport, TellsWhetherItIsReading) {
  StringTransport transport;
  EXPECT_EQ(transport.reading(), Reading::producing);
  transport.pauseProducing();
  EXPECT_EQ(transport.reading(), Reading::paused);
  transport.resumeProducing();
  EXPECT_EQ(transport.reading(), Reading::producing);
  transport.loseConnection();
  EXPECT_EQ(transport.reading(), Reading::stopped);
}

TEST(StringTransport, TellsHowItWasClosed) {
  StringTransport closed;
  EXPECT_FALSE(closed.disconnecting());
  closed.loseConnection(Failure(ConnectionLost()));
  EXPECT_TRUE(closed.disconnecting());
  EXPECT_FALSE(closed.aborting());
  ASSERT_TRUE(closed.reason());
  EXPECT_NE(closed.reason()->check<ConnectionLost>(), nullptr);
  EXPECT_TRUE(closed.connected());

  StringTransport aborted;
  aborted.abortConnection();
  EXPECT_TRUE(aborted.aborting());
  EXPECT_TRUE(aborted.disconnecting());
  EXPECT_FALSE(aborted.reason());

  StringTransport half;
  half.loseWriteConnection();
  EXPECT_TRUE(half.writeClosed());
  EXPECT_FALSE(half.disconnecting());

  StringTransport failed;
  failed.failConnection(Failure(std::runtime_error("why")), "a callback");
  EXPECT_EQ(failed.reason()->getErrorMessage(), "why");
}

TEST(StringTransport, RemembersItsProducer) {
  StringTransport transport;
  Push push;
  Pull pull;
  transport.registerProducer(push);
  EXPECT_EQ(transport.pushProducer(), &push);
  EXPECT_THROW(transport.registerProducer(pull), std::logic_error);
  transport.unregisterProducer();
  EXPECT_EQ(transport.pushProducer(), nullptr);
  transport.registerProducer(pull);
  EXPECT_EQ(transport.pullProducer(), &pull);
  EXPECT_EQ(pull.asked, 1);
}

TEST(StringTransport, StopsAProducerOnceItIsLost) {
  StringTransport transport;
  Push push;
  Pull pull;
  transport.setConnected(false);
  transport.registerProducer(push);
  transport.registerProducer(pull);
  EXPECT_EQ(push.stopped, 1);
  EXPECT_EQ(pull.stopped, 1);
  EXPECT_EQ(pull.asked, 0);
}

TEST(StringTransport, AnswersWhatItIsTold) {
  StringTransport transport(HostnameAddress{"peer", 1}, HostnameAddress{"host", 2});
  EXPECT_EQ(toString(transport.getPeer()), "peer:1");
  EXPECT_EQ(toString(transport.getHost()), "host:2");
  transport.setBufferedBytes(7);
  EXPECT_EQ(transport.bufferedBytes(), 7u);
  EXPECT_TRUE(transport.getTcpNoDelay());
  transport.setTcpNoDelay(false);
  EXPECT_FALSE(transport.getTcpNoDelay());
  EXPECT_FALSE(transport.getTcpKeepAlive());
  transport.setTcpKeepAlive(true, {});
  EXPECT_TRUE(transport.getTcpKeepAlive());
  transport.setTransportOptions({.highWaterMark = 5});
  EXPECT_EQ(transport.transportOptions().highWaterMark, 5u);
  transport.overrideAddresses(HostnameAddress{"other", 3}, Address());
  EXPECT_EQ(toString(transport.getPeer()), "other:3");
  EXPECT_EQ(toString(transport.getHost()), "host:2");
  transport.received = 9;
  EXPECT_EQ(transport.bytesReceived(), 9u);
}

}  // namespace
}  // namespace plait::testing
