#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/layered_transport.hpp>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Not;

/// A layer that changes nothing, and holds back all of it while `holds`.
class PlainLayer final : public LayeredTransport {
 public:
  PlainLayer(Transport& lower, std::shared_ptr<LayerWire> wire)
      : LayeredTransport(lower, std::move(wire), 1024) {}

  void feed(BytesView data) override { received(data); }
  void endOfFile() override { receivedEOF(); }
  bool holdsBack() const override { return holds || LayeredTransport::holdsBack(); }
  void goOn() {
    holds = false;
    writable();
  }
  bool holds = false;

 private:
  SendResult send(const OutputBuffer& out) override {
    SendResult result;
    result.wouldBlock = holds;
    if (holds) return result;
    const BytesView piece = out.firstPiece();
    lower().write(piece);
    result.sent = piece.size();
    return result;
  }
  void readingChanged() override {
    wantsRead() ? lower().resumeProducing() : lower().pauseProducing();
  }
  void closeWriteSide() override {
    lower().unregisterProducer();
    lower().loseWriteConnection();
  }
};

class PlainWire final : public LayerWire {
 public:
  using LayerWire::LayerWire;
  PlainLayer* top = nullptr;

 private:
  std::shared_ptr<LayeredTransport> makeLayer(Transport& lower) override {
    auto layer = std::make_shared<PlainLayer>(
        lower, std::static_pointer_cast<LayerWire>(shared_from_this()));
    top = layer.get();
    return layer;
  }
};

struct LayeredTransportTest : ::testing::Test {
  LayeredTransportTest() { medium->connect(wire); }
  ~LayeredTransportTest() override {
    medium->abortConnection();
    medium->run();
  }

  void expectLost(const char* reason) {
    EXPECT_THAT(journal, Contains(std::string("lost ") + reason));
    EXPECT_FALSE(medium->connected());
  }

  Clock clock;
  RecordedLog log;
  TransportGroup group;
  Journal journal, below;
  std::shared_ptr<ScriptedMedium> medium =
      std::make_shared<ScriptedMedium>(clock, log.log, group, below);
  std::shared_ptr<ScriptedProtocol> protocol = std::make_shared<ScriptedProtocol>(journal);
  std::shared_ptr<PlainWire> wire = std::make_shared<PlainWire>(protocol);
};

TEST_F(LayeredTransportTest, StandsBetweenTheProtocolAndTheMedium) {
  medium->give("question");
  protocol->transport().write("answer");
  medium->run();
  EXPECT_EQ(journal, (Journal{"made", "data question"}));
  EXPECT_EQ(medium->sent, "answer");
}

TEST_F(LayeredTransportTest, SendsWhatIsWrittenInOneCallbackTogether) {
  protocol->whenData = [&](BytesView) {
    protocol->transport().write("one, ");
    protocol->transport().write("two");
  };
  medium->give("x");
  EXPECT_EQ(medium->sends, std::vector<Bytes>{"one, two"});
}

TEST_F(LayeredTransportTest, HasTheAddressesOfTheMedium) {
  EXPECT_EQ(protocol->transport().getPeer(), medium->getPeer());
  EXPECT_EQ(protocol->transport().getHost(), medium->getHost());
}

TEST_F(LayeredTransportTest, CountsWhatTheMediumHasNotSent) {
  medium->room = 2;
  protocol->transport().write("four");
  medium->run();
  EXPECT_EQ(protocol->transport().bufferedBytes(), 2u);
  medium->makeRoom(10);
  EXPECT_EQ(protocol->transport().bufferedBytes(), 0u);
}

TEST_F(LayeredTransportTest, PausesTheMediumWithItself) {
  protocol->transport().pauseProducing();
  EXPECT_FALSE(medium->reading());
  protocol->transport().resumeProducing();
  EXPECT_TRUE(medium->reading());
}

TEST_F(LayeredTransportTest, ClosesTheMediumInOrder) {
  protocol->transport().write("bye");
  protocol->transport().loseConnection();
  medium->run();
  EXPECT_EQ(medium->sent, "bye");
  EXPECT_THAT(below, Contains("close orderly"));
  expectLost("plait::ConnectionDone");
}

TEST_F(LayeredTransportTest, AbortsTheMedium) {
  protocol->transport().write("bye");
  protocol->transport().abortConnection();
  medium->run();
  EXPECT_EQ(medium->sent, "");
  EXPECT_THAT(below, Contains("close reset"));
  expectLost("plait::ConnectionAborted");
}

TEST_F(LayeredTransportTest, IsLostWithTheMedium) {
  medium->breakDown(std::errc::connection_reset);
  expectLost("plait::ConnectionLost");
}

TEST_F(LayeredTransportTest, SendsWhatItHasWhenTheMediumIsToldToClose) {
  wire->top->holds = true;
  protocol->transport().write("the last word");
  medium->run();
  medium->loseConnection();
  medium->run();
  EXPECT_TRUE(protocol->transport().disconnecting());
  EXPECT_TRUE(medium->connected());
  wire->top->goOn();
  medium->run();
  EXPECT_EQ(medium->sent, "the last word");
  expectLost("plait::ConnectionDone");
}

TEST_F(LayeredTransportTest, IsToldOfTheEndOfFile) {
  protocol->transport().write("x");
  medium->giveEOF();
  EXPECT_EQ(medium->sent, "x");
  expectLost("plait::ConnectionDone");
}

TEST_F(LayeredTransportTest, HoldsACloseUpAsLongAsItHoldsBytesBack) {
  TransportOptions patient = medium->transportOptions();
  patient.closeTimeout = Duration::zero();
  medium->setTransportOptions(patient);
  wire->top->holds = true;
  protocol->transport().write("late");
  protocol->transport().loseConnection();
  medium->run();
  for (int i = 0; i < 10; ++i) clock.advance(30s);
  medium->run();
  EXPECT_THAT(journal, Not(Contains("lost plait::CloseTimeout")));
  wire->top->goOn();
  medium->run();
  EXPECT_EQ(medium->sent, "late");
  expectLost("plait::ConnectionDone");
}

TEST_F(LayeredTransportTest, GoesAwayWithTheConnection) {
  const std::weak_ptr<PlainWire> weak = wire;
  protocol->transport().loseConnection();
  medium->run();
  wire.reset();
  protocol.reset();
  EXPECT_TRUE(weak.expired());
}

}  // namespace
}  // namespace plait::testing
