#include <gtest/gtest.h>

#include <plait/core/datagram_protocol.hpp>
#include <plait/core/log.hpp>
#include <stdexcept>

namespace plait {
namespace {

struct Weather : DatagramProtocol {};

TEST(DatagramProtocol, HasNoTransportBeforeMakeConnection) {
  auto protocol = std::make_shared<DatagramProtocol>();
  EXPECT_THROW(protocol->transport(), std::logic_error);
}

TEST(DatagramProtocol, IgnoresWhatItIsNotInterestedIn) {
  auto protocol = std::make_shared<DatagramProtocol>();
  EXPECT_NO_THROW(protocol->startProtocol());
  EXPECT_NO_THROW(protocol->datagramReceived("x", Address()));
  EXPECT_NO_THROW(protocol->connectionRefused());
  EXPECT_NO_THROW(protocol->stopProtocol());
}

TEST(DatagramProtocol, LogsATruncatedDatagramUnderItsClassName) {
  std::string source;
  std::string message;
  const auto observer = standardLog().addObserver([&](const LogEvent& event) {
    source = event.source;
    message = event.message;
  });
  std::make_shared<Weather>()->datagramTruncated("abc", 10, IPv4Address{{127, 0, 0, 1}, 7});
  standardLog().removeObserver(observer);
  EXPECT_NE(source.find("Weather"), std::string::npos);
  EXPECT_EQ(message, "a datagram of 10 bytes from 127.0.0.1:7 was dropped: 3 fit");
}

TEST(DatagramProtocol, LogsFewOfManyTruncatedDatagrams) {
  std::vector<std::string> messages;
  const auto observer = standardLog().addObserver(
      [&](const LogEvent& event) { messages.emplace_back(event.message); });
  auto protocol = std::make_shared<Weather>();
  for (int i = 0; i < 1000; ++i) {
    protocol->datagramTruncated("abc", 10, IPv4Address{{127, 0, 0, 1}, 7});
  }
  standardLog().removeObserver(observer);
  EXPECT_EQ(messages.size(), 10u);
  EXPECT_NE(messages.back().find("512 such so far"), std::string::npos) << messages.back();
}

}  // namespace
}  // namespace plait
