#include <gtest/gtest.h>

#include <plait/policies/spewing_factory.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <vector>

#include "one_protocol.hpp"

namespace plait {
namespace {

TEST(SpewingFactory, SaysItAllInTheLog) {
  Log log;
  std::vector<std::string> lines;
  log.addObserver([&](const LogEvent& event) {
    EXPECT_EQ(event.level, LogLevel::info);
    EXPECT_EQ(event.source, "plait.traffic");
    lines.emplace_back(event.message);
  });
  testing::Clock clock;
  const auto server = std::make_shared<testing::RecordingProtocol>();
  const auto client = std::make_shared<testing::RecordingProtocol>();
  const auto factory =
      std::make_shared<SpewingFactory>(std::make_shared<testing::OneProtocol>(server), log);
  testing::MemoryConnection connection(clock, factory->makeProtocol(Address()), client);
  client->transport().write("{hello}");
  connection.flush();
  client->transport().abortConnection();
  connection.flush();
  EXPECT_EQ(lines,
            (std::vector<std::string>{"* 1: 127.0.0.1:50000 to 127.0.0.1:8000", "C 1: b'{hello}'",
                                      "C 1: " + server->reason->getErrorMessage()}));
}

}  // namespace
}  // namespace plait
