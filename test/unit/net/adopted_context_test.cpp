#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <plait/echo/echo.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

namespace asio = boost::asio;

class AdoptedContext : public ::testing::Test {
 protected:
  void postOn(std::function<void()> call) { asio::post(context, std::move(call)); }

  Events events;
  asio::io_context context;
};

TEST_F(AdoptedContext, IsTheOneTheBridgeGives) {
  Reactor reactor(context, kNoSignals);
  EXPECT_EQ(&ioContext(reactor), &context);
  Reactor own(kNoSignals);
  EXPECT_NE(&ioContext(own), &context);
}

TEST_F(AdoptedContext, RunDrivesIt) {
  Reactor reactor(context, kNoSignals);
  bool posted = false;
  postOn([&] { posted = true; });
  reactor.callLater(1ms, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_TRUE(posted);
}

TEST_F(AdoptedContext, RunReturnsAfterStopAndLeavesTheUsersWorkAlone) {
  Reactor reactor(context, kNoSignals);
  asio::steady_timer timer(context, 1h);
  bool expired = false;
  timer.async_wait([&](boost::system::error_code error) { expired = !error; });
  reactor.callLater(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_FALSE(context.stopped());
  EXPECT_FALSE(expired);
  timer.expires_after(0s);
  timer.async_wait([&](boost::system::error_code error) { expired = !error; });
  context.run();
  EXPECT_TRUE(expired);
}

TEST_F(AdoptedContext, TheUserMayRunIt) {
  Reactor reactor(context, kNoSignals);
  auto client = ScriptedFactory::make();
  client->script.made = [](Connection& c) { c.transport->write("hello"); };
  client->script.data = [&](Connection&, BytesView) { reactor.stop(); };
  auto port = reactor.listenTCP(0, Factory::forProtocol<Echo>(), {.interface = "127.0.0.1"});
  reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
  reactor.callWhenRunning([&] { events.push_back("running"); });
  reactor.startRunning();
  EXPECT_THAT(events, ElementsAre("running"));
  context.run();  // ends because the reactor has, and nothing else is to be done
  EXPECT_EQ(client->last().received, "hello");
  EXPECT_FALSE(reactor.running());
}

TEST_F(AdoptedContext, StopNeverStopsIt) {
  Reactor reactor(context, kNoSignals);
  reactor.addSystemEventTrigger(TriggerPhase::after, "shutdown", [&] {
    events.push_back("reactor ended");
    postOn([&] { postOn([&] { events.push_back("user's work"); }); });
  });
  reactor.startRunning();
  reactor.stop();
  context.run();
  EXPECT_THAT(events, ElementsAre("reactor ended", "user's work"));
}

TEST_F(AdoptedContext, StartRunningTwiceThrows) {
  Reactor reactor(context, kNoSignals);
  reactor.startRunning();
  EXPECT_THROW(reactor.startRunning(), ReactorAlreadyRunning);
  EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
}

TEST_F(AdoptedContext, CanBeStartedAgain) {
  Reactor reactor(context, kNoSignals);
  for (int round = 0; round < 3; ++round) {
    reactor.startRunning();
    reactor.callLater(0s, [&] { reactor.stop(); });
    context.run();
    EXPECT_FALSE(reactor.running());
    context.restart();
  }
  reactor.callWhenRunning([&] { reactor.stop(); });
  reactor.run();
}

TEST_F(AdoptedContext, ServesSeveralReactors) {
  Reactor first(context, kNoSignals);
  Reactor second(context, kNoSignals);
  auto server = ScriptedFactory::make();
  auto client = ScriptedFactory::make();
  auto port = first.listenTCP(0, server, {.interface = "127.0.0.1"});
  server->script.lost = [&](Connection&, const Failure&) { first.stop(); };
  client->script.made = [&](Connection&) { second.stop(); };
  second.connectTCP("127.0.0.1", port->getHost().port(), client);
  first.startRunning();
  second.startRunning();
  context.run();
  EXPECT_EQ(client->lostConnections(), 1);
  EXPECT_EQ(server->lostConnections(), 1);
}

TEST_F(AdoptedContext, TheUsersHandlersMayUseTheReactor) {
  Reactor reactor(context, kNoSignals);
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  runUntil(reactor, [&] { return server->connected(); });
  postOn([&] {
    server->last().transport->write("from a handler ");
    server->last().transport->write("of the user's");
    server->last().transport->loseConnection();
  });
  runUntil(reactor, [&] { return peer.ended(); });
  EXPECT_EQ(peer.received, "from a handler of the user's");
}

TEST_F(AdoptedContext, AThrowingHandlerOfTheUsersIsTheUsers) {
  Reactor reactor(context, kNoSignals);
  reactor.startRunning();
  bool later = false;
  reactor.callLater(0s, [&] { later = true; });
  postOn([] { throw std::runtime_error("the user's"); });
  EXPECT_THROW(context.run(), std::runtime_error);
  runUntil(reactor, [&] { return later; });
}

TEST_F(AdoptedContext, WorksWithConcurrencyHints) {
  for (const int hint :
       {1, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO, BOOST_ASIO_CONCURRENCY_HINT_SAFE}) {
    asio::io_context hinted(hint);
    Reactor reactor(hinted, kNoSignals);
    auto client = ScriptedFactory::make();
    client->script.made = [&](Connection&) { reactor.stop(); };
    auto port = reactor.listenTCP(0, Factory::forProtocol<Echo>(), {.interface = "127.0.0.1"});
    reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
    reactor.run();
    EXPECT_EQ(client->lostConnections(), 1);
  }
}

TEST_F(AdoptedContext, IsNotKeptBusyByCancelledCalls) {
  Reactor reactor(context, kNoSignals);
  reactor.callLater(1h, [] {}).cancel();
  reactor.startRunning();
  reactor.callLater(0s, [&] { reactor.stop(); });
  context.run();  // an hour, if the timer were still set
  EXPECT_FALSE(reactor.running());
}

TEST_F(AdoptedContext, StoppedByItsUserLeavesAReactorThatCanBeRunAgain) {
  Reactor reactor(context, kNoSignals);
  reactor.callLater(0s, [&] { context.stop(); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
  reactor.callLater(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

TEST_F(AdoptedContext, ToldOfAForkServesInTheChildAndInTheParent) {
#ifdef BOOST_ASIO_HAS_IO_URING
  GTEST_SKIP() << "Asio's io_uring is the child's after a fork";
#endif
  Reactor reactor(context, kNoSignals);
  auto client = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, Factory::forProtocol<Echo>(), {.interface = "127.0.0.1"});
  reactor.connectTCP("127.0.0.1", port->getHost().port(), client);
  const auto echoes = [&](const Bytes& text) {
    Connection& connection = client->last();
    connection.received.clear();
    connection.transport->write(text);
    return runUntil(reactor, [&] { return connection.received == text; });
  };
  runUntil(reactor, [&] { return client->connections.size() == 1 && client->last().made == 1; });
  ASSERT_TRUE(echoes("before"));  // it has been accepted: what has not is the child's to accept

  context.notify_fork(asio::io_context::fork_prepare);
  const pid_t child = ::fork();
  context.notify_fork(child == 0 ? asio::io_context::fork_child : asio::io_context::fork_parent);
  if (child == 0) ::_exit(echoes("from the child") ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(echoes("from the parent"));
}

}  // namespace
}  // namespace plait::testing
