// TLS on a connection that has spoken plain text.
#include <plait/line/line_receiver.hpp>
#include <plait/testing/string_transport.hpp>
#include <plait/tls/start_tls.hpp>
#include <stdexcept>

#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

/// Lines, with TLS from "STARTTLS" on, as mail servers and their clients do it.
struct Lines : LineReceiver, HandshakeListener {
  explicit Lines(std::shared_ptr<TLSContext> context) : context(std::move(context)) {}

  void handshakeCompleted() override { lines.push_back("(handshake)"); }
  void connectionLost(const Failure& why) override { reason = why; }
  void secure() { startTLS(*this, context); }
  bool secured() const { return TLSTransport::of(transport()) != nullptr; }

  std::shared_ptr<TLSContext> context;
  std::vector<std::string> lines;
  std::optional<Failure> reason;
};

struct LineServer : Lines {
  using Lines::Lines;
  void lineReceived(BytesView line) override {
    lines.emplace_back(line);
    if (line != "STARTTLS") return;
    if (paused) pauseProducing();
    sendLine("GO AHEAD");
    secure();
    sendLine("WELCOME");
  }
  bool paused = false;
};

struct LineClient : Lines {
  using Lines::Lines;
  void lineReceived(BytesView line) override {
    lines.emplace_back(line);
    if (line == "GO AHEAD") secure();
  }
};

struct StartTLS : ::testing::Test {
  void connect(MemoryConnection::Options options = {}) {
    options.log = &log.log;
    connection = std::make_unique<MemoryConnection>(clock, server, client, options);
  }
  void flush() { EXPECT_TRUE(connection->flush()); }

  Clock clock;
  RecordedLog log{LogLevel::warn};
  std::shared_ptr<LineServer> server = std::make_shared<LineServer>(testServerTLS());
  std::shared_ptr<LineClient> client = std::make_shared<LineClient>(testClientTLS());
  std::unique_ptr<MemoryConnection> connection;
};

TEST_F(StartTLS, SecuresBothSidesInTheMiddleOfADialogue) {
  for (const std::size_t largest : {1u, 7u, 65536u}) {
    SCOPED_TRACE(largest);
    server = std::make_shared<LineServer>(testServerTLS());
    client = std::make_shared<LineClient>(testClientTLS());
    connect({.largestChunk = largest});
    client->sendLine("HELLO");
    client->sendLine("STARTTLS");
    flush();
    client->sendLine("SECRET");
    flush();
    EXPECT_THAT(server->lines, ElementsAre("HELLO", "STARTTLS", "(handshake)", "SECRET"));
    EXPECT_THAT(client->lines, ElementsAre("GO AHEAD", "(handshake)", "WELCOME"));
    EXPECT_TRUE(server->secured());
    EXPECT_TRUE(client->secured());
    client->transport().loseConnection();
    flush();
    EXPECT_TRUE(server->reason->check<ConnectionDone>()) << server->reason->getErrorMessage();
    EXPECT_TRUE(client->reason->check<ConnectionDone>()) << client->reason->getErrorMessage();
  }
}

TEST_F(StartTLS, RefusesPlainTextThatWasPipelinedBehindTheCommand) {
  connect();
  client->sendLine("STARTTLS");
  client->sendLine("INJECTED");
  flush();
  EXPECT_THAT(server->lines, ElementsAre("STARTTLS"));
  ASSERT_TRUE(server->reason);
  EXPECT_TRUE(server->reason->check<TLSError>());
  EXPECT_THAT(server->reason->getErrorMessage(),
              HasSubstr("sent plain text where a TLS handshake was expected"));
  EXPECT_THAT(client->lines, ElementsAre("GO AHEAD"));
}

TEST_F(StartTLS, LosesNoHandshakeThatWasPipelinedBehindTheCommand) {
  struct Silent : LineServer {
    using LineServer::LineServer;
    void lineReceived(BytesView line) override {
      lines.emplace_back(line);
      if (line == "STARTTLS") secure();
    }
  };
  server = std::make_shared<Silent>(testServerTLS());
  connect();
  client->sendLine("STARTTLS");
  client->secure();
  client->sendLine("SECRET");
  flush();
  EXPECT_THAT(server->lines, ElementsAre("STARTTLS", "(handshake)", "SECRET"));
  EXPECT_FALSE(server->reason);
}

TEST_F(StartTLS, SendsFirstWhatWasWrittenBefore) {
  connect({.pipeCapacity = 10});
  client->transport().write(Bytes(5000, 'x') + "\r\nSTARTTLS\r\n");
  flush();
  EXPECT_EQ(server->lines.at(0).size(), 5000u);
  EXPECT_THAT(client->lines, ElementsAre("GO AHEAD", "(handshake)", "WELCOME"));
}

TEST_F(StartTLS, StaysPaused) {
  server->paused = true;
  connect();
  client->sendLine("STARTTLS");
  client->sendLine("");
  flush();
  client->sendLine("SECRET");
  flush();
  EXPECT_THAT(server->lines, ElementsAre("STARTTLS"));
}

TEST_F(StartTLS, ShakesHandsWhilePaused) {
  server->paused = true;
  connect();
  client->sendLine("STARTTLS");
  flush();
  client->sendLine("SECRET");
  flush();
  EXPECT_THAT(server->lines, ElementsAre("STARTTLS", "(handshake)"));
  server->resumeProducing();
  flush();
  EXPECT_THAT(server->lines, ElementsAre("STARTTLS", "(handshake)", "SECRET"));
}

TEST_F(StartTLS, MovesTheProducer) {
  connect();
  Journal journal;
  ScriptedPush producer(journal);
  server->transport().registerProducer(producer);
  client->sendLine("STARTTLS");
  flush();
  client->transport().pauseProducing();
  for (int i = 0; i < 1000; ++i) server->sendLine(Bytes(1000, 'x'));
  EXPECT_THAT(journal, ElementsAre("pause"));
  client->transport().resumeProducing();
  flush();
  EXPECT_THAT(journal, ElementsAre("pause", "resume"));
  server->transport().unregisterProducer();
}

TEST_F(StartTLS, LeavesAnEchoAnEcho) {
  connect();
  server->transport().registerProducer(server->transport());
  client->sendLine("STARTTLS");
  flush();
  EXPECT_THROW(server->transport().registerProducer(server->transport()), std::logic_error);
  client->transport().loseConnection();  // which needs no unregistering
  flush();
  EXPECT_TRUE(server->reason && server->reason->check<ConnectionDone>());
}

TEST_F(StartTLS, LosesTheConnectionWithWhatTheCallbackThrowsBehindIt) {
  struct Throwing : LineServer {
    using LineServer::LineServer;
    void lineReceived(BytesView) override {
      secure();
      throw std::runtime_error("on second thoughts");
    }
  };
  server = std::make_shared<Throwing>(testServerTLS());
  connect();
  client->sendLine("STARTTLS");
  flush();
  EXPECT_EQ(server->reason->getErrorMessage(), "on second thoughts");
  EXPECT_TRUE(connection->over());
}

TEST_F(StartTLS, MayFollowAConnectionMade) {
  struct AtOnce : LineServer {
    using LineServer::LineServer;
    void connectionMade() override { secure(); }
  };
  server = std::make_shared<AtOnce>(testServerTLS());
  connect();
  client->secure();
  client->sendLine("SECRET");
  flush();
  EXPECT_THAT(server->lines, ElementsAre("(handshake)", "SECRET"));
}

TEST_F(StartTLS, IsForLiveConnectionsWithoutTLS) {
  EXPECT_THROW(client->secure(), std::logic_error) << "no connection yet";
  connect();
  EXPECT_THROW(startTLS(*client, nullptr), std::invalid_argument);
  EXPECT_FALSE(client->secured());
  client->secure();
  EXPECT_THROW(client->secure(), std::logic_error) << "TLS already";
  client->transport().abortConnection();
  flush();
  EXPECT_THROW(client->secure(), std::logic_error) << "lost";
}

TEST_F(StartTLS, IsNothingOnAConnectionThatIsBeingClosed) {
  connect();
  client->transport().loseConnection();
  client->secure();
  EXPECT_FALSE(client->secured());
  flush();
  EXPECT_TRUE(client->reason->check<ConnectionDone>());
}

TEST(StartTLSOverAnyTransport, HasItsTurnsByTheClock) {
  const auto transport = std::make_shared<StringTransport>();
  const auto client = std::make_shared<LineClient>(testClientTLS());
  client->makeConnection(transport);
  client->sendLine("STARTTLS");
  client->dataReceived("GO AHEAD\r\n");
  EXPECT_EQ(transport->value(), "STARTTLS\r\n");
  transport->clear();
  transport->time.advance(0s);
  EXPECT_EQ(records(transport->value()).size(), 1u) << "the hello";
  transport->protocol()->connectionLost(connectionDone());
  EXPECT_TRUE(client->reason && client->reason->check<ConnectionDone>());
  transport->switchProtocol(nullptr);  // it would keep, and be kept
}

}  // namespace
}  // namespace plait::testing
