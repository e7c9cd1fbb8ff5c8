// What a protocol may do to its connection: throw, close it in any callback, outlive it.
#include <fmt/format.h>

#include <stdexcept>

#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

using Callback = std::function<void()> TLSEnd::*;

TEST_F(TLSTest, LosesTheConnectionWithWhatACallbackThrows) {
  const std::pair<Callback, const char*> callbacks[] = {
      {&TLSEnd::whenMade, "connectionMade"},
      {&TLSEnd::whenHandshaken, "handshakeCompleted"},
      {&TLSEnd::whenData, "dataReceived"}};
  for (const auto& [callback, name] : callbacks) {
    SCOPED_TRACE(name);
    server = std::make_shared<TLSEnd>("server", notes);
    client = std::make_shared<TLSEnd>("client", notes);
    client->whenMade = [&] { client->transport().write("data"); };
    (*server).*callback = [] { throw std::runtime_error("not today"); };
    connect();
    flush();
    EXPECT_EQ(server->message(), "not today");
    EXPECT_EQ(server->lost, 1);
    EXPECT_EQ(client->lost, 1);
    EXPECT_TRUE(connection->over());
    ASSERT_FALSE(log.entries.empty());
    EXPECT_EQ(log.entries.back().message, fmt::format("{} threw, the connection is closed", name));
    EXPECT_EQ(log.entries.back().source, "server 127.0.0.1:50000");
  }
}

TEST_F(TLSTest, SurvivesAThrowOutOfConnectionLost) {
  server->whenLost = [] { throw std::runtime_error("not even now"); };
  connectAndShake();
  client->transport().loseConnection();
  flush();
  EXPECT_EQ(server->lost, 1);
  EXPECT_TRUE(connection->over());
  EXPECT_THAT(log.failures(), ElementsAre("not even now"));
}

TEST_F(TLSTest, SendsNothingWhenHandshakeCompletedAborts) {
  client->whenMade = [&] { client->transport().write("secret"); };
  client->whenHandshaken = [&] { client->transport().abortConnection(); };
  connect();
  flush();
  EXPECT_EQ(server->data, "");
  EXPECT_TRUE(client->lostWith<ConnectionAborted>()) << client->message();
  EXPECT_TRUE(connection->over());
}

TEST_F(TLSTest, MayBeEndedInEveryCallback) {
  using End = void (*)(Transport&);
  const End ends[] = {[](Transport& t) { t.loseConnection(); },
                      [](Transport& t) { t.abortConnection(); },
                      [](Transport& t) { t.loseWriteConnection(); }};
  for (const Callback callback : {&TLSEnd::whenMade, &TLSEnd::whenHandshaken, &TLSEnd::whenData}) {
    for (const End end : ends) {
      server = std::make_shared<TLSEnd>("server", notes);
      client = std::make_shared<TLSEnd>("client", notes);
      client->whenMade = [&] { client->transport().write("data"); };
      (*server).*callback = [&] {
        server->transport().write("x");
        end(server->transport());
        server->transport().write("y");
      };
      connect();
      flush();
      EXPECT_EQ(server->lost, 1);
      EXPECT_EQ(client->lost, 1);
      EXPECT_TRUE(connection->over());
    }
  }
}

TEST_F(TLSTest, LetsGoOfEverythingAfterTheLoss) {
  std::weak_ptr<TLSEnd> protocol = server;
  connectAndShake();
  server.reset();
  EXPECT_FALSE(protocol.expired()) << "the connection owns it";
  client->transport().loseConnection();
  flush();
  EXPECT_TRUE(protocol.expired());
}

TEST_F(TLSTest, IsAbortedWithTheWireThatIsDestroyed) {
  connectAndShake();
  client->transport().write("never sent");
  connection.reset();
  EXPECT_TRUE(client->lostWith<ConnectionAborted>()) << client->message();
  EXPECT_EQ(server->lost, 1);
  client->transport().write("too late");
  client->transport().loseConnection();
  EXPECT_EQ(client->transport().getPeer(), options.server);
}

}  // namespace
}  // namespace plait::testing
