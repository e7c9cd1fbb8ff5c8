#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/echo/chargen.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/testing/string_transport.hpp>
#include <vector>

namespace plait::testing {
namespace {

constexpr std::size_t kPattern = 95 * 74;

std::vector<Bytes> linesOf(const Bytes& text) {
  std::vector<Bytes> lines;
  for (std::size_t at = 0; at + 74 <= text.size(); at += 74) lines.push_back(text.substr(at, 74));
  return lines;
}

TEST(Chargen, WritesThePatternOfTheRFC) {
  auto transport = std::make_shared<StringTransport>();
  auto chargen = std::make_shared<Chargen>();
  chargen->makeConnection(transport);
  chargen->resumeProducing();
  const auto lines = linesOf(transport->value());
  ASSERT_EQ(lines.size(), 190u);
  EXPECT_EQ(lines[0],
            " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n");
  EXPECT_EQ(lines[1],
            "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n");
  EXPECT_EQ(lines[94],
            "~ !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdef\r\n");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i], lines[i % 95]);
    EXPECT_EQ(lines[i].substr(1, 71), lines[(i + 1) % 95].substr(0, 71)) << "line " << i;
  }
}

TEST(Chargen, IgnoresWhatItIsSent) {
  auto transport = std::make_shared<StringTransport>();
  auto chargen = std::make_shared<Chargen>();
  chargen->makeConnection(transport);
  transport->clear();
  chargen->dataReceived("stop it");
  EXPECT_EQ(transport->value(), "");
  EXPECT_FALSE(transport->disconnecting());
}

struct Served {
  Clock clock;
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection{clock, std::make_shared<Chargen>(), client};
};

TEST(Chargen, WritesForAsLongAsThePeerReads) {
  Served served;
  EXPECT_FALSE(served.connection.flush(100));
  EXPECT_GE(served.client->data.size(), 10 * kPattern);
}

TEST(Chargen, StopsWhileThePeerDoesNotRead) {
  Served served;
  served.client->transport().pauseProducing();
  EXPECT_TRUE(served.connection.flush());
  EXPECT_LE(served.connection.server().bufferedBytes(), kPattern);
  EXPECT_EQ(served.client->data, "");

  served.client->transport().resumeProducing();
  EXPECT_FALSE(served.connection.flush(50));
  const auto lines = linesOf(served.client->data);
  ASSERT_GT(lines.size(), 190u);
  for (std::size_t i = 95; i < lines.size(); ++i) ASSERT_EQ(lines[i], lines[i - 95]);
}

TEST(Chargen, EndsWhenThePeerIsGone) {
  Served served;
  served.connection.flush(10);
  served.client->transport().abortConnection();
  EXPECT_TRUE(served.connection.flush());
  EXPECT_TRUE(served.connection.over());
}

}  // namespace
}  // namespace plait::testing
