#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/echo/small_services.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>

namespace plait::testing {
namespace {

/// What a client is sent before the server closes.
Bytes answerOf(std::shared_ptr<Protocol> service) {
  Clock clock;
  auto client = std::make_shared<RecordingProtocol>();
  MemoryConnection connection(clock, std::move(service), client);
  client->transport().write("ignored");
  connection.flush();
  EXPECT_TRUE(connection.over());
  EXPECT_NE(client->reason->check<ConnectionDone>(), nullptr);
  return client->data;
}

template <class Service>
struct At : Service {
  explicit At(std::time_t time) : time(time) {}
  std::time_t currentTime() const override { return time; }
  std::time_t time;
};

TEST(QOTD, SendsOneQuotationAndCloses) {
  EXPECT_EQ(answerOf(std::make_shared<QOTD>()), "An apple a day keeps the doctor away.\r\n");
}

TEST(QOTD, SendsTheQuotationItIsGiven) {
  struct Mine : QOTD {
    std::string getQuote() override { return "Less is more.\r\n"; }
  };
  EXPECT_EQ(answerOf(std::make_shared<Mine>()), "Less is more.\r\n");
}

TEST(Daytime, SendsTheTimeAsTextAndCloses) {
  EXPECT_EQ(answerOf(std::make_shared<At<Daytime>>(1'769'860'800)), "Sat Jan 31 12:00:00 2026\r\n");
  EXPECT_EQ(answerOf(std::make_shared<At<Daytime>>(0)), "Thu Jan  1 00:00:00 1970\r\n");
}

TEST(Time, SendsFourBytesBigEndianAndCloses) {
  // The examples of RFC 868.
  const std::pair<std::time_t, std::uint32_t> cases[] = {
      {0, 2'208'988'800},
      {2'398'291'200 - 2'208'988'800, 2'398'291'200},  // 1 January 1976
      {2'524'521'600 - 2'208'988'800, 2'524'521'600},  // 1 January 1980
      {2'629'584'000 - 2'208'988'800, 2'629'584'000},  // 1 May 1983
      {-2'208'988'800 + 1, 1},                         // one second into 1900
      {4'294'967'296 - 2'208'988'800, 0},              // the counter has gone round, in 2036
  };
  for (const auto& [time, expected] : cases) {
    const Bytes answer = answerOf(std::make_shared<At<Time>>(time));
    ASSERT_EQ(answer.size(), 4u);
    std::uint32_t seconds = 0;
    for (char byte : answer) seconds = seconds << 8 | static_cast<unsigned char>(byte);
    EXPECT_EQ(seconds, expected);
  }
}

TEST(SmallServices, TellTheSystemsTimeByDefault) {
  const std::time_t before = std::time(nullptr);
  const std::time_t now = Time().currentTime();
  EXPECT_GE(now, before);
  EXPECT_GE(Daytime().currentTime(), now);
}

}  // namespace
}  // namespace plait::testing
