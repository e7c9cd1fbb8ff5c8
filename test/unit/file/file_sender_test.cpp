#include <gmock/gmock.h>

#include <plait/file/file_sender.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/string_transport.hpp>
#include <sstream>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

using testing::StringTransport;

std::unique_ptr<std::istream> file(Bytes content) {
  return std::make_unique<std::istringstream>(std::move(content));
}

/// A file on a disk that breaks.
struct BrokenBuffer : std::streambuf {
  int_type underflow() override { throw std::runtime_error("disk"); }
};
struct BrokenFile : BrokenBuffer, std::istream {
  BrokenFile() : std::istream(static_cast<BrokenBuffer*>(this)) {}
};

struct FileSenderTest : ::testing::Test {
  void start(std::unique_ptr<std::istream> content, FileSenderOptions options = {}) {
    transfer = FileSender(std::move(options)).beginFileTransfer(std::move(content), transport);
    transfer.addBoth([this](Result<std::uint64_t> result) { outcome = std::move(result); });
  }
  /// The connection has sent what it had.
  void resume() { transport.pullProducer()->resumeProducing(); }
  template <class E>
  bool failedWith() const {
    return outcome && !outcome->success() && outcome->failure().check<E>();
  }

  StringTransport transport;
  Deferred<std::uint64_t> transfer;
  std::optional<Result<std::uint64_t>> outcome;
};

TEST_F(FileSenderTest, SendsAChunkEachTimeItIsAsked) {
  start(file("abcdefgh"), {.chunkSize = 3});
  EXPECT_EQ(transport.value(), "abc");
  resume();
  EXPECT_EQ(transport.value(), "abcdef");
  resume();
  EXPECT_EQ(transport.value(), "abcdefgh");
  EXPECT_FALSE(outcome);
  resume();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->value(), 8u);
  EXPECT_EQ(transport.pullProducer(), nullptr);
}

TEST_F(FileSenderTest, SendsAnEmptyFile) {
  start(file(""));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->value(), 0u);
  EXPECT_EQ(transport.pullProducer(), nullptr);
}

TEST_F(FileSenderTest, TransformsWhatItSends) {
  start(file("abcdef"), {.chunkSize = 2, .transform = [](Bytes chunk) {
                           return chunk == "cd" ? Bytes() : "<" + chunk + ">";
                         }});
  resume();
  resume();
  EXPECT_EQ(transport.value(), "<ab><ef>");
  EXPECT_EQ(outcome->value(), 6u);
}

TEST_F(FileSenderTest, SendsNothingAfterATransformThatCancels) {
  start(file("abcdef"), {.chunkSize = 2, .transform = [this](Bytes chunk) {
                           if (chunk == "cd") transfer.cancel();
                           return chunk;
                         }});
  resume();
  EXPECT_EQ(transport.value(), "ab");
  EXPECT_TRUE(failedWith<CancelledError>());
}

TEST_F(FileSenderTest, TakesTheEndOfAFileThatThrowsForTheEnd) {
  auto throwing = file("abc");
  throwing->exceptions(std::ios_base::failbit | std::ios_base::eofbit);
  start(std::move(throwing));
  resume();
  EXPECT_EQ(outcome->value(), 3u);
}

TEST_F(FileSenderTest, FailsWhenTheConnectionEnds) {
  start(file("abcdef"), {.chunkSize = 2});
  transport.pullProducer()->stopProducing();
  EXPECT_TRUE(failedWith<ConnectionLost>());
}

TEST_F(FileSenderTest, FailsWithWhatTheTransformThrows) {
  start(file("abcdef"), {.transform = [](Bytes) -> Bytes { throw std::range_error("no"); }});
  EXPECT_TRUE(failedWith<std::range_error>());
  EXPECT_EQ(transport.pullProducer(), nullptr);
}

TEST_F(FileSenderTest, FailsWhenReadingFails) {
  start(std::make_unique<BrokenFile>());
  EXPECT_TRUE(failedWith<std::ios_base::failure>());
  EXPECT_EQ(transport.pullProducer(), nullptr);
}

TEST_F(FileSenderTest, FailsWithoutAnOpenFile) {
  start(nullptr);
  EXPECT_TRUE(failedWith<std::ios_base::failure>());
  start(file("a"), {.chunkSize = 0});
  EXPECT_TRUE(failedWith<std::invalid_argument>());
}

TEST_F(FileSenderTest, FailsWhenAnotherProducerIsThere) {
  start(file("abcdef"), {.chunkSize = 2});
  auto second = FileSender().beginFileTransfer(file("x"), transport);
  bool failed = false;
  second.addErrback([&](const Failure& why) { failed = why.check<std::logic_error>(); });
  EXPECT_TRUE(failed);
  resume();
  EXPECT_EQ(transport.value(), "abcd");
  transfer.cancel();
}

TEST_F(FileSenderTest, StopsWhenCancelled) {
  start(file("abcdef"), {.chunkSize = 2});
  transfer.cancel();
  EXPECT_TRUE(failedWith<CancelledError>());
  EXPECT_EQ(transport.pullProducer(), nullptr);
  EXPECT_EQ(transport.value(), "ab");
  EXPECT_FALSE(transport.disconnecting());
}

TEST(FileSender, SendsAsFastAsThePeerReads) {
  testing::Clock clock;
  auto sender = std::make_shared<testing::RecordingProtocol>();
  auto receiver = std::make_shared<testing::RecordingProtocol>();
  testing::MemoryConnection connection(clock, sender, receiver);
  Bytes content;
  for (int i = 0; content.size() < 1'000'000; ++i) content += std::to_string(i);
  auto done = FileSender().beginFileTransfer(file(content), sender->transport());
  done.addCallback([&](std::uint64_t) { sender->transport().loseConnection(); });
  std::size_t most = 0;
  while (connection.pump()) most = std::max(most, sender->transport().bufferedBytes());
  EXPECT_EQ(receiver->data, content);
  EXPECT_LE(most, 64u * 1024);
}

}  // namespace
}  // namespace plait
