#include <boost/asio/post.hpp>
#include <plait/net/asio.hpp>
#include <thread>

#include "support/net_test.hpp"

/// A loop that always has something to do for its connections still does everything else.
namespace plait::testing {
namespace {

/// Two connections that send a ball to and fro, for ever.
class BusyLoop : public NetTest {
 protected:
  BusyLoop() {
    server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
    client->script.made = [](Connection& c) { c.transport->write("ball"); };
    client->script.data = [this](Connection& c, BytesView data) {
      ++rallies;
      c.transport->write(data);
    };
    connect(port, client);
    runUntil([&] { return rallies > 100; });
  }

  /// Runs the reactor as its user does, until it is stopped from inside.
  void run() { ioContext(reactor).run(); }
  void finish() {
    done = true;
    ioContext(reactor).stop();
  }

  int rallies = 0;
  bool done = false;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> port = listen(server);
};

TEST_F(BusyLoop, RunsHandlersOfAsio) {
  boost::asio::post(ioContext(reactor), [&] { finish(); });
  run();
  EXPECT_TRUE(done);
}

TEST_F(BusyLoop, RunsHandlersOfAsioThatArePostedByCallbacks) {
  server->script.data = [&](Connection& c, BytesView data) {
    c.transport->write(data);
    boost::asio::post(ioContext(reactor), [&] { finish(); });
  };
  run();
  EXPECT_TRUE(done);
}

TEST_F(BusyLoop, RunsTimers) {
  reactor.callLater(1ms, [&] { finish(); });
  run();
  EXPECT_TRUE(done);
}

TEST_F(BusyLoop, RunsCallsFromThreads) {
  std::thread thread([&] { reactor.callFromThread([&] { finish(); }); });
  run();
  thread.join();
  EXPECT_TRUE(done);
}

TEST_F(BusyLoop, Accepts) {
  auto other = ScriptedFactory::make();
  other->script.made = [&](Connection&) { finish(); };
  const auto second = listen(other);
  RawPeer peer(second->getHost());
  run();
  EXPECT_TRUE(done);
}

TEST_F(BusyLoop, EndsWhenTheContextIsStoppedInACallback) {
  server->script.data = [&](Connection& c, BytesView data) {
    c.transport->write(data);
    finish();
  };
  run();
  EXPECT_TRUE(done);
}

/// Has always more.
struct Flood final : PullProducer {
  void resumeProducing() override { transport->write(Bytes(256 * 1024, 'x')); }
  void stopProducing() override {}

  Transport* transport = nullptr;
};

TEST_F(BusyLoop, ServesAConnectionBesideOneThatAlwaysHasData) {
  auto source = ScriptedFactory::make();
  source->script.made = [flood = std::make_shared<Flood>()](Connection& c) {
    flood->transport = c.transport.get();
    c.transport->registerProducer(*flood);
  };
  connect(listen(Factory::forProtocol<Protocol>()), source);
  runUntil([&] { return !source->connections.empty(); });
  const int before = rallies;
  runUntil([&] { return rallies > before + 20; });
}

}  // namespace
}  // namespace plait::testing
