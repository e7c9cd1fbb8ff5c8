#include <gtest/gtest.h>

#include <plait/policies/text_traffic_log.hpp>
#include <vector>

#include "temporary_file.hpp"

namespace plait {
namespace {

struct TextTrafficLogTest : ::testing::Test {
  std::unique_ptr<TrafficRecorder> record(std::optional<std::size_t> lengthLimit = {}) {
    auto recorder = TextTrafficLog::recorder(
        connection, lengthLimit, [this](const std::string& line) { lines.push_back(line); });
    lines.clear();  // of the beginning
    return recorder;
  }

  TrafficConnection connection{.number = 7,
                               .peer = IPv4Address{{10, 0, 0, 1}, 50000},
                               .host = IPv4Address{{10, 0, 0, 2}, 80}};
  std::vector<std::string> lines;
};

TEST_F(TextTrafficLogTest, TellsWhoHasConnected) {
  std::vector<std::string> first;
  const auto say = [&](const std::string& line) { first.push_back(line); };
  TextTrafficLog::recorder(connection, {}, say);
  connection.outgoing = true;
  TextTrafficLog::recorder(connection, {}, say);
  EXPECT_EQ(first, (std::vector<std::string>{"* 7: 10.0.0.1:50000 to 10.0.0.2:80",
                                             "* 7: 10.0.0.2:80 to 10.0.0.1:50000"}));
}

TEST_F(TextTrafficLogTest, WritesBytesAsPythonDoes) {
  record()->received(BytesView("it's\r\n\t\\\0\x7f\xff", 11));
  EXPECT_EQ(lines.at(0), "C 7: b'it\\'s\\r\\n\\t\\\\\\x00\\x7f\\xff'");
}

TEST_F(TextTrafficLogTest, TellsPiecesApart) {
  const auto recorder = record();
  const BytesView one[] = {"ab"}, three[] = {"a", "", "b"};
  recorder->written(one);
  recorder->written(three);
  EXPECT_EQ(lines, (std::vector<std::string>{"S 7: b'ab'", "SV 7: [b'a', b'', b'b']"}));
}

TEST_F(TextTrafficLogTest, LimitsTheLengthOfLines) {
  const auto recorder = record(5);
  recorder->received("hello");
  recorder->received("hello world");
  const BytesView pieces[] = {"abc", "def", "ghi"};
  recorder->written(pieces);
  EXPECT_EQ(lines, (std::vector<std::string>{"C 7: b'hello'", "C 7: b'hello'... and 6 bytes more",
                                             "SV 7: [b'abc', b'de']... and 4 bytes more"}));
}

TEST_F(TextTrafficLogTest, WritesLinesToItsFile) {
  testing::TemporaryFile temporary;
  TextTrafficLog log(std::make_shared<TrafficFile>(temporary.path()), 2);
  log.opened(connection)->received("abc");
  log.flush();
  EXPECT_EQ(temporary.contents(),
            "* 7: 10.0.0.1:50000 to 10.0.0.2:80\nC 7: b'ab'... and 1 bytes more\n");
}

}  // namespace
}  // namespace plait
