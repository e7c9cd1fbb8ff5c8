#include <gtest/gtest.h>

#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/text_traffic_log.hpp>
#include <plait/policies/traffic_logging_factory.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>
#include <utility>

#include "one_protocol.hpp"
#include "temporary_file.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using testing::MemoryConnection;
using testing::OneProtocol;
using testing::RecordingProtocol;
using testing::TemporaryFile;

struct TrafficLoggingFactoryTest : ::testing::Test {
  void connect() {
    file = std::make_shared<TrafficFile>(temporary.path(), log);
    connect(std::make_shared<TrafficLoggingFactory>(std::make_shared<OneProtocol>(server),
                                                    std::make_shared<TextTrafficLog>(file)));
  }
  void connect(std::shared_ptr<Factory> factory) {
    connection.emplace(clock, factory->makeProtocol(Address()), client,
                       MemoryConnection::Options{.log = &log});
    connection->flush();
  }
  void clientSends(BytesView data) {
    client->transport().write(data);
    connection->flush();
  }

  Clock clock;
  Log log;
  TemporaryFile temporary;
  std::shared_ptr<TrafficFile> file;
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::optional<MemoryConnection> connection;
};

TEST_F(TrafficLoggingFactoryTest, TellsEverythingThatHappens) {
  connect();
  clientSends("hello");
  server->transport().write("hello");
  server->transport().writeSequence({"a", "b"});
  server->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(temporary.contents(),
            "* 1: 127.0.0.1:50000 to 127.0.0.1:8000\n"
            "C 1: b'hello'\n"
            "S 1: b'hello'\n"
            "SV 1: [b'a', b'b']\n"
            "S 1: *\n"
            "C 1: Connection was closed cleanly.\n");
  EXPECT_EQ(client->data, "helloab");
}

TEST_F(TrafficLoggingFactoryTest, TellsOfAnEndForAReasonToo) {
  connect();
  server->transport().loseConnection(Failure(std::runtime_error("enough")));
  connection->flush();
  EXPECT_EQ(temporary.contents(),
            "* 1: 127.0.0.1:50000 to 127.0.0.1:8000\n"
            "S 1: *\n"
            "C 1: enough\n");
}

/// Keeps what it is told of connections that begin.
struct BeginningsLog final : TrafficLog {
  struct Recorder final : TrafficRecorder {
    void received(BytesView) override {}
    void written(std::span<const BytesView>) override {}
    void lost(const Failure&) override {}
  };
  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection& connection) override {
    outgoing.push_back(connection.outgoing);
    return std::make_unique<Recorder>();
  }
  std::vector<bool> outgoing;
};

TEST_F(TrafficLoggingFactoryTest, TellsConnectionsThatGoOutFromThoseThatComeIn) {
  testing::MemoryReactor reactor(log);
  const auto servers = std::make_shared<BeginningsLog>(),
             clients = std::make_shared<BeginningsLog>();
  const auto factory = Factory::forProtocol<RecordingProtocol>();
  const auto port =
      reactor.listenTCP(80, std::make_shared<TrafficLoggingFactory>(factory, servers));
  reactor.connectTCP("192.0.2.1", 80, std::make_shared<TrafficLoggingFactory>(factory, clients));
  const auto joined = reactor.accept(*reactor.tcpClients.at(0), *reactor.tcpServers.at(0));
  EXPECT_EQ(servers->outgoing, std::vector{false});
  EXPECT_EQ(clients->outgoing, std::vector{true});
}

TEST_F(TrafficLoggingFactoryTest, CountsConnections) {
  file = std::make_shared<TrafficFile>(temporary.path(), log);
  const auto factory = std::make_shared<TrafficLoggingFactory>(
      Factory::forProtocol<RecordingProtocol>(), std::make_shared<TextTrafficLog>(file));
  MemoryConnection one(clock, factory->makeProtocol(Address()), client);
  MemoryConnection other(clock, factory->makeProtocol(Address()),
                         std::make_shared<RecordingProtocol>());
  clock.advance(1s);
  const std::string text = temporary.contents();
  EXPECT_NE(text.find("* 1: "), std::string::npos);
  EXPECT_NE(text.find("* 2: "), std::string::npos);
}

TEST_F(TrafficLoggingFactoryTest, WritesWithinASecond) {
  connect();
  clientSends("hello");
  EXPECT_EQ(temporary.contents(), "");
  clock.advance(1s);
  EXPECT_NE(temporary.contents().find("hello"), std::string::npos);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(TrafficLoggingFactoryTest, LeavesNoTimerBehind) {
  connect();
  clientSends("hello");
  client->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(TrafficLoggingFactoryTest, GoesOnWithoutAFileThatIsFull) {
  std::vector<std::string> complaints;
  log.addObserver([&](const LogEvent& event) { complaints.emplace_back(event.message); });
  file = std::make_shared<TrafficFile>("/dev/full", log);
  connect(std::make_shared<TrafficLoggingFactory>(std::make_shared<OneProtocol>(server),
                                                  std::make_shared<TextTrafficLog>(file)));
  for (int i = 0; i < 3; ++i) {
    clientSends("hello");
    clock.advance(1s);
  }
  EXPECT_EQ(server->data, "hellohellohello");
  EXPECT_EQ(complaints, std::vector<std::string>{
                            "cannot write /dev/full: No space left on device; traffic is recorded "
                            "no more"});
}

TEST_F(TrafficLoggingFactoryTest, ALogThatTwoShareNumbersTheirConnections) {
  file = std::make_shared<TrafficFile>(temporary.path(), log);
  const auto shared = std::make_shared<TextTrafficLog>(file);
  const auto makeOne = [&] {
    return std::make_shared<TrafficLoggingFactory>(Factory::forProtocol<RecordingProtocol>(),
                                                   shared);
  };
  const auto here = makeOne(), there = makeOne();
  MemoryConnection one(clock, here->makeProtocol(Address()), client);
  MemoryConnection other(clock, there->makeProtocol(Address()),
                         std::make_shared<RecordingProtocol>());
  clock.advance(1s);
  const std::string text = temporary.contents();
  EXPECT_NE(text.find("* 1: "), std::string::npos);
  EXPECT_NE(text.find("* 2: "), std::string::npos);
}

/// Its recorders throw when the connection is lost.
struct ThrowingLog final : TrafficLog {
  struct Recorder final : TrafficRecorder {
    void received(BytesView) override {}
    void written(std::span<const BytesView>) override {}
    void lost(const Failure&) override { throw std::runtime_error("no"); }
  };
  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection&) override {
    return std::make_unique<Recorder>();
  }
};

TEST_F(TrafficLoggingFactoryTest, ARecorderThatThrowsAtTheLossKeepsNothing) {
  const auto limit = std::make_shared<ConnectionLimit>(10);
  connect(std::make_shared<TrafficLoggingFactory>(
      std::make_shared<LimitTotalConnectionsFactory>(std::make_shared<OneProtocol>(server), limit),
      std::make_shared<ThrowingLog>()));
  ASSERT_EQ(limit->count(), 1u);
  client->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(server->lost, 1);
  EXPECT_EQ(limit->count(), 0u);
  connection.reset();
  const std::weak_ptr<Protocol> kept = std::exchange(server, nullptr);
  EXPECT_TRUE(kept.expired());
}

TEST_F(TrafficLoggingFactoryTest, NeedsALog) {
  EXPECT_THROW(TrafficLoggingFactory(std::make_shared<OneProtocol>(server), nullptr),
               std::invalid_argument);
}

}  // namespace
}  // namespace plait
