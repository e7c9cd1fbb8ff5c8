#include <plait/deferred/deferred.hpp>
#include <plait/intstring/int_n_string_dialogue.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/logged_errors.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>

#include "../support/split_feed.hpp"

namespace plait::testing {
namespace {

/// Notes the strings, waiting after each if it is gated, and how it ended.
template <class Base>
struct Noting : Base {
  using Base::Base;
  Deferred<void> dialogue() override {
    try {
      for (;;) {
        events.push_back(co_await this->strings.next());
        if (gated) co_await newGate();
      }
    } catch (const ConnectionClosed&) {
      events.push_back(Failure().typeName());
      throw;
    }
  }
  Deferred<void> newGate() { return gate = Deferred<void>(); }

  Events events;
  bool gated = false;
  Deferred<void> gate;
};

template <class Base>
struct IntNStringDialogueTest : ::testing::Test {
  /// Announces `length` bytes.
  static Bytes prefix(std::size_t length) {
    constexpr std::size_t kBytes = std::is_same_v<Base, Int8StringDialogue>    ? 1
                                   : std::is_same_v<Base, Int16StringDialogue> ? 2
                                                                               : 4;
    Bytes bytes(kBytes, '\0');
    bytes.back() = static_cast<char>(length);
    return bytes;
  }
  static Bytes framed(BytesView string) { return prefix(string.size()) + Bytes(string); }
  /// Connects `protocol` to a peer that has sent this.
  void receive(const Bytes& bytes, std::size_t largestChunk = 64 * 1024) {
    connection = std::make_unique<MemoryConnection>(
        clock, protocol, client, MemoryConnection::Options{.largestChunk = largestChunk});
    client->transport().write(bytes);
    connection->flush();
  }
  void TearDown() override {
    connection.reset();
    EXPECT_TRUE(errors.empty());
  }

  LoggedErrors errors;
  Clock clock;
  std::shared_ptr<Noting<Base>> protocol =
      std::make_shared<Noting<Base>>(IntStringOptions{.maxLength = 20});
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::unique_ptr<MemoryConnection> connection;
};
using Dialogues = ::testing::Types<Int8StringDialogue, Int16StringDialogue, Int32StringDialogue>;
TYPED_TEST_SUITE(IntNStringDialogueTest, Dialogues);

TYPED_TEST(IntNStringDialogueTest, TakesStringsOneByOne) {
  this->receive(this->framed("one") + this->framed("") + this->framed("three").substr(0, 3));
  EXPECT_EQ(this->protocol->events, (Events{"one", ""}));
}

TYPED_TEST(IntNStringDialogueTest, ReadsNothingWhileNobodyWaits) {
  this->protocol->gated = true;
  this->receive(this->framed("one") + this->framed("two"), 1);
  EXPECT_EQ(this->protocol->events, Events{"one"});
  this->protocol->gate.callback();
  this->connection->flush();
  EXPECT_EQ(this->protocol->events, (Events{"one", "two"}));
}

TYPED_TEST(IntNStringDialogueTest, EndsWithTheConnectionsReasonOnAStringTooLong) {
  this->receive(this->framed("one") + this->prefix(21) + Bytes(21, 'x') + this->framed("two"));
  EXPECT_EQ(this->protocol->events, (Events{"one", "plait::ConnectionDone"}));
  EXPECT_TRUE(this->connection->over());
}

TYPED_TEST(IntNStringDialogueTest, SaysTheSameHoweverItsInputIsCut) {
  const Bytes input = this->framed("one") + this->framed("") + this->framed("0123456789") +
                      this->framed(BytesView("\0\1", 2)) + this->prefix(21);
  forEverySplit(input, [](const Chunks& chunks) {
    auto protocol = std::make_shared<Noting<TypeParam>>(IntStringOptions{.maxLength = 20});
    auto transport = std::make_shared<StringTransport>();
    protocol->makeConnection(transport);
    for (const Bytes& chunk : chunks) feed(*protocol, chunk);
    EXPECT_EQ(protocol->events, (Events{"one", "", "0123456789", Bytes("\0\1", 2)}));
    EXPECT_TRUE(transport->disconnecting());
    transport->setConnected(false);
    protocol->connectionLost(Failure(ConnectionLost()));
    EXPECT_EQ(protocol->events.back(), "plait::ConnectionLost");
  });
}

}  // namespace
}  // namespace plait::testing
