#include <sys/socket.h>

#include <latch>
#include <map>
#include <plait/core/unix_transport.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <set>

#include "support/pool_test.hpp"
#include "support/temporary_directory.hpp"

/// How the connections of a port come to the reactors of a pool, and to whose factories.
namespace plait::testing {
namespace {

using plait::detail::UniqueDescriptor;

class ReactorPoolListening : public PoolTest {};

/// The same for every way to spread.
class ReactorPoolSpreading : public PoolTest, public ::testing::WithParamInterface<Spread> {};

INSTANTIATE_TEST_SUITE_P(, ReactorPoolSpreading,
                         ::testing::Values(Spread::reusePort, Spread::roundRobin,
                                           Spread::leastConnections),
                         [](const auto& param) {
                           switch (param.param) {
                             case Spread::reusePort:
                               return "reusePort";
                             case Spread::roundRobin:
                               return "roundRobin";
                             case Spread::leastConnections:
                               return "leastConnections";
                           }
                           return "unknown";
                         });

TEST_P(ReactorPoolSpreading, ServesOnEveryReactor) {
  ReactorPool pool(options(3, GetParam()));
  const auto port = listen(pool);
  EXPECT_NE(port->getHost().port(), 0);
  pool.start();
  std::vector<PoolPeer> peers;
  std::set<Bytes> reactors;
  for (int i = 0; i < 60; ++i) {
    peers.emplace_back(port->getHost());
    reactors.insert(peers.back().line());
  }
  EXPECT_THAT(reactors, ElementsAre("0", "1", "2"));
  for (int round = 0; round < 5; ++round) {
    for (PoolPeer& peer : peers) peer.expectEcho(fmt::format("round {}", round));
  }
  for (PoolPeer& peer : peers) peer.shutdownWrite();
  for (PoolPeer& peer : peers) peer.receiveUntilEnd();
  stopAndJoin(pool);
  EXPECT_EQ(count.made, 60);
  EXPECT_EQ(count.lost, 60);
  EXPECT_EQ(count.strayed, 0) << "a connection stays on its reactor for life";
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_P(ReactorPoolSpreading, StartsAndStopsASharedFactoryOnce) {
  ReactorPool pool(options(3, GetParam()));
  const auto factory = tellers(pool);
  const auto port = listen(pool, factory), another = listen(pool, factory);
  EXPECT_EQ(count.started, 1);
  pool.start();
  EXPECT_NE(PoolPeer(port->getHost()).line(), "");
  EXPECT_NE(PoolPeer(another->getHost()).line(), "");
  EXPECT_EQ(count.stopped, 0);
  stopAndJoin(pool);
  EXPECT_EQ(count.factories, 1);
  EXPECT_EQ(count.started, 1);
  EXPECT_EQ(count.stopped, 1);
}

TEST_P(ReactorPoolSpreading, LogsWhatASharedFactoryThrowsWhenItIsStopped) {
  struct Unstoppable : Factory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override { return nullptr; }
    void stopFactory() override { throw std::runtime_error("not yet"); }
  };
  ReactorPool pool(options(3, GetParam()));
  listen(pool, std::make_shared<Unstoppable>());
  pool.start();
  EXPECT_NO_THROW(stopAndJoin(pool));
  EXPECT_EQ(captured.count(LogLevel::error, "stopFactory threw"), 1u);
}

TEST_P(ReactorPoolSpreading, ListensWhileItRuns) {
  ReactorPool pool(options(3, GetParam()));
  pool.start();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto port = on(pool, i, [&] { return listen(pool); });
    std::set<Bytes> reactors;
    std::vector<PoolPeer> peers;
    for (int n = 0; n < 60; ++n) reactors.insert(peers.emplace_back(port->getHost()).line());
    EXPECT_THAT(reactors, ElementsAre("0", "1", "2"));
  }
  stopAndJoin(pool);
}

TEST_P(ReactorPoolSpreading, StopsListeningAndKeepsConnections) {
  ReactorPool pool(options(2, GetParam()));
  const auto port = listen(pool);
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 20; ++i) EXPECT_NE(peers.emplace_back(port->getHost()).line(), "");
  std::promise<std::optional<std::size_t>> stopped;
  pool.callFromThread(
      1, [&] { port->stopListening().addCallback([&] { stopped.set_value(pool.current()); }); });
  EXPECT_EQ(stopped.get_future().get(), 1u) << "told where it was asked for";
  EXPECT_THROW(RawPeer peer(port->getHost()), std::system_error);
  EXPECT_EQ(count.stopped, 1);
  for (PoolPeer& peer : peers) peer.expectEcho("still there");
  on(pool, 0, [&] { port->stopListening(); });  // nothing more to do
  stopAndJoin(pool);
  EXPECT_EQ(count.stopped, 1);
}

TEST_P(ReactorPoolSpreading, RefusesAPortThatIsTaken) {
  ReactorPool pool(options(2, GetParam()));
  const auto port = listen(pool);
  ReactorPool other(options(2, GetParam()));
  const std::uint16_t number = port->getHost().port();
  try {
    other.listenTCP(number, tellers(other), {.interface = "127.0.0.1"});
    FAIL() << "two pools share a port";
  } catch (const CannotListenError& error) {
    EXPECT_EQ(error.what(),
              fmt::format("cannot listen on 127.0.0.1:{}: Address already in use", number));
  }
  EXPECT_EQ(count.started, 1 + count.stopped);
}

TEST_P(ReactorPoolSpreading, GivesConnectionsTheirAddressesAndOptions) {
  ReactorPool pool(options(2, GetParam()));
  struct Asker : Protocol {
    void connectionMade() override {
      transport().write(fmt::format("{} {} {} {}\n", transport().getHost(), transport().getPeer(),
                                    transport().getTcpNoDelay(),
                                    transport().transportOptions().highWaterMark));
    }
  };
  const auto port = pool.listenTCP(0, Factory::forProtocol<Asker>(),
                                   {.interface = "localhost", .transport = {.highWaterMark = 77}});
  pool.start();
  for (int i = 0; i < 4; ++i) {
    PoolPeer peer(port->getHost());
    EXPECT_EQ(peer.line(), fmt::format("{} {} true 77", port->getHost(), peer.localAddress()));
  }
  stopAndJoin(pool);
}

TEST_P(ReactorPoolSpreading, HasAFactoryForEachReactor) {
  ReactorPool pool(options(3, GetParam()));
  struct Told {
    std::thread::id made, started, stopped;
    std::atomic<int> built = 0;
  };
  std::array<Told, 3> told;
  struct Own : TellerFactory {
    Own(ReactorPool& pool, Count& count, Told& told) : TellerFactory(pool, count), told(told) {}
    std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
      EXPECT_EQ(std::this_thread::get_id(), told.made);
      ++told.built;
      return TellerFactory::buildProtocol(address);
    }
    void startFactory() override {
      TellerFactory::startFactory();
      told.started = std::this_thread::get_id();
    }
    void stopFactory() override {
      TellerFactory::stopFactory();
      told.stopped = std::this_thread::get_id();
    }
    Told& told;
  };
  pool.start();
  const auto port = on(pool, 0, [&] {
    return pool.listenTCP(0,
                          [&](Reactor& reactor, std::size_t index) {
                            EXPECT_EQ(&reactor, &pool.reactor(index));
                            told.at(index).made = std::this_thread::get_id();
                            return std::make_shared<Own>(pool, count, told.at(index));
                          },
                          {.interface = "127.0.0.1"});
  });
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 60; ++i) peers.emplace_back(port->getHost()).line();
  stopAndJoin(pool);
  EXPECT_EQ(count.factories, 3);
  EXPECT_EQ(count.started, 3);
  EXPECT_EQ(count.stopped, 3);
  EXPECT_EQ(told[0].built + told[1].built + told[2].built, 60);
  for (const Told& one : told) {
    EXPECT_GT(one.built, 0);
    EXPECT_EQ(one.made, one.started);
    EXPECT_EQ(one.made, one.stopped);
  }
}

TEST_P(ReactorPoolSpreading, LeavesNothingBehindWhenAFactoryFails) {
  ReactorPool pool(options(3, GetParam()));
  const std::uint16_t number = unusedPort();
  const auto failing = [&](Reactor&, std::size_t index) -> std::shared_ptr<Factory> {
    if (index == 1) throw std::runtime_error("no factory today");
    return tellers(pool);
  };
  EXPECT_THROW(pool.listenTCP(number, failing, {.interface = "127.0.0.1"}), std::runtime_error);
  EXPECT_EQ(count.started, count.stopped);
  EXPECT_THROW(pool.listenTCP(number, [](Reactor&, std::size_t) { return nullptr; },
                              {.interface = "127.0.0.1"}),
               std::logic_error);
  const auto port = pool.listenTCP(number, tellers(pool), {.interface = "127.0.0.1"});
  pool.start();
  EXPECT_NE(PoolPeer(port->getHost()).line(), "");
  stopAndJoin(pool);
}

TEST_P(ReactorPoolSpreading, ClosesWhatAFactoryRefuses) {
  ReactorPool pool(options(2, GetParam()));
  struct Refusing : Factory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override {
      if (++asked % 2) return nullptr;
      throw std::runtime_error("not today");
    }
    std::atomic<int> asked = 0;
  };
  const auto port = listen(pool, std::make_shared<Refusing>());
  pool.start();
  for (int i = 0; i < 8; ++i) PoolPeer(port->getHost()).receiveUntilEnd();
  stopAndJoin(pool);
  EXPECT_EQ(captured.count(LogLevel::error, "buildProtocol threw"), 4u);
}

// --- Each way its own ------------------------------------------------------------------

TEST_F(ReactorPoolListening, TwoPoolsShareAPortWhenBothWantTo) {
  ReactorPool one(options(2)), other(options(2));
  const ListenOptions sharing{.interface = "127.0.0.1", .reusePort = true};
  const auto port = one.listenTCP(0, tellers(one), sharing);
  const auto same = other.listenTCP(port->getHost().port(), tellers(other), sharing);
  EXPECT_EQ(port->getHost(), same->getHost());
}

TEST_F(ReactorPoolListening, RefusesAnAddressThatIsNotHere) {
  ReactorPool pool(options(2));
  EXPECT_THROW(pool.listenTCP(0, tellers(pool), {.interface = "192.0.2.1"}), CannotListenError);
  EXPECT_THROW(pool.listenTCP(0, tellers(pool), {.interface = "no.such.name.invalid"}),
               CannotListenError);
  EXPECT_THROW(pool.listenTCP(0, std::shared_ptr<Factory>()), std::invalid_argument);
  EXPECT_EQ(count.started, 0);
}

TEST_F(ReactorPoolListening, ServesIPv6) {
  ReactorPool pool(options(2));
  std::shared_ptr<ListeningPort> port;
  try {
    port = pool.listenTCP(0, tellers(pool), {.interface = "::1", .ipv6Only = true});
  } catch (const CannotListenError&) {
    GTEST_SKIP() << "there is no IPv6";
  }
  pool.start();
  EXPECT_NE(PoolPeer(port->getHost()).line(), "");
  stopAndJoin(pool);
}

TEST_F(ReactorPoolListening, RoundRobinGivesEachItsTurn) {
  ReactorPool pool(options(4, Spread::roundRobin));
  const auto port = listen(pool);
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(peers.emplace_back(port->getHost()).line(), std::to_string(i % 4));
  }
  stopAndJoin(pool);
}

TEST_F(ReactorPoolListening, LeastConnectionsEvensOut) {
  ReactorPool pool(options(3, Spread::leastConnections));
  const auto port = listen(pool);
  pool.start();
  std::map<Bytes, std::vector<PoolPeer>> byReactor;
  const auto connect = [&](int n) {
    std::map<Bytes, int> where;
    for (int i = 0; i < n; ++i) {
      PoolPeer peer(port->getHost());
      const Bytes line = peer.line();
      ++where[line];
      byReactor[line].push_back(std::move(peer));
    }
    return where;
  };
  const std::map<Bytes, int> even{{"0", 3}, {"1", 3}, {"2", 3}};
  EXPECT_EQ(connect(9), even);
  byReactor["1"].clear();  // they close
  cameTrue([&] { return count.lost == 3; });
  on(pool, 1, [] {});
  const std::map<Bytes, int> all{{"1", 3}};
  EXPECT_EQ(connect(3), all);
  stopAndJoin(pool);
}

TEST_F(ReactorPoolListening, HandsUnixConnectionsOver) {
  TemporaryDirectory directory;
  const std::string path = directory / "socket";
  ReactorPool pool(options(2));
  const auto port = pool.listenUNIX(path, tellers(pool));
  EXPECT_EQ(port->getHost(), Address(UNIXAddress{path}));
  ReactorPool other(options(2));
  EXPECT_THROW(other.listenUNIX(path, tellers(other)), CannotListenError);
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(peers.emplace_back(port->getHost()).line(), std::to_string(i % 2));
    peers.back().expectEcho("hello");
  }
  stopAndJoin(pool);
  EXPECT_TRUE(directory.empty());
}

TEST_F(ReactorPoolListening, AUnixConnectionThatWasHandedOverIsOne) {
  TemporaryDirectory directory;
  ReactorPool pool(options(2));
  struct Asker : Protocol {
    void connectionMade() override {
      const auto* unix = UNIXTransport::of(transport());
      transport().write(unix && unix->peerCredentials() ? "credentials\n" : "none\n");
    }
  };
  const auto port = pool.listenUNIX(directory / "socket", Factory::forProtocol<Asker>());
  pool.start();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(PoolPeer(port->getHost()).line(), "credentials");
  stopAndJoin(pool);
}

TEST_F(ReactorPoolListening, HandsTheConnectionsOfAnAdoptedSocketOver) {
  RawListener listener;
  ReactorPool pool(options(2));
  const auto port = pool.adoptStreamPort(listener.socket(), tellers(pool));
  EXPECT_EQ(port->getHost(), listener.address());
  pool.start();
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(peers.emplace_back(port->getHost()).line(), std::to_string(i % 2));
  }
  stopAndJoin(pool);
  EXPECT_THROW(pool.adoptStreamPort(-1, tellers(pool)), CannotListenError);
}

TEST_F(ReactorPoolListening, APoolOfOneListensLikeItsReactor) {
  ReactorPool pool(options(1));
  const auto port = listen(pool);
  pool.start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(PoolPeer(port->getHost()).line(), "0");
  stopAndJoin(pool);
  EXPECT_EQ(count.stopped, 1);
}

TEST_F(ReactorPoolListening, ManyAcceptedAtOnceCostAReactorOneCall) {
  ReactorPool pool(options(2, Spread::roundRobin));
  const auto port = listen(pool);
  std::vector<PoolPeer> peers;
  for (int i = 0; i < 100; ++i) peers.emplace_back(port->getHost());  // wait to be accepted
  std::latch blocked(1), release(1);
  pool.callFromThread(1, [&] {
    blocked.count_down();
    release.wait();  // while all are accepted
  });
  pool.start();
  blocked.wait();
  for (int i = 0; i < 100; i += 2) EXPECT_EQ(peers[i].line(), "0");
  release.count_down();
  for (int i = 1; i < 100; i += 2) EXPECT_EQ(peers[i].line(), "1");
  stopAndJoin(pool);
}

// --- Clients ---------------------------------------------------------------------------

TEST_F(ReactorPoolListening, ConnectsOnTheReactorThatAsks) {
  ReactorPool pool(options(3));
  RawListener listener;
  std::array<std::atomic<int>, 3> made{};
  struct Client : Protocol {
    Client(ReactorPool& pool, std::array<std::atomic<int>, 3>& made) : pool(pool), made(made) {}
    void connectionMade() override { ++made.at(pool.current().value()); }
    ReactorPool& pool;
    std::array<std::atomic<int>, 3>& made;
  };
  const auto clients = [&] {
    return ClientFactory::forProtocol<Client>(std::ref(pool), std::ref(made));
  };
  pool.connectTCP("127.0.0.1", listener.port(), clients());  // before it runs: the first
  for (std::size_t i = 0; i < 3; ++i) {
    pool.callFromThread(i, [&] { pool.connectTCP("127.0.0.1", listener.port(), clients()); });
  }
  pool.callFromThread(2,
                      [&] { pool.reactor(2).connectTCP("127.0.0.1", listener.port(), clients()); });
  pool.start();
  cameTrue([&] { return made[0] == 2 && made[1] == 1 && made[2] == 2; });
  stopAndJoin(pool);
}

/// Says on which reactor it is started, and what it hears.
struct Hearer : DatagramProtocol {
  Hearer(ReactorPool& pool, std::promise<std::string>& heard) : pool(pool), heard(heard) {}
  void datagramReceived(BytesView bytes, const Address&) override {
    heard.set_value(fmt::format("{} on {}", bytes, pool.current().value()));
  }
  ReactorPool& pool;
  std::promise<std::string>& heard;
};

TEST_F(ReactorPoolListening, OpensEverythingElseOnTheReactorThatAsksToo) {
  ReactorPool pool(options(2));
  const TemporaryDirectory directory;
  const std::string stream = directory / "stream", first = directory / "first";
  const auto port = pool.listenUNIX(stream, tellers(pool));
  int pair[2], datagrams[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), 0);
  const std::array closes{UniqueDescriptor(pair[0]), UniqueDescriptor(pair[1]),
                          UniqueDescriptor(datagrams[0]), UniqueDescriptor(datagrams[1])};
  std::promise<std::string> byPath, byDescriptor;
  pool.start();
  on(pool, 1, [&] {
    pool.connectUNIX(stream, ClientFactory::forProtocol<Teller>(std::ref(pool), std::ref(count)));
    pool.adoptStreamConnection(pair[0], tellers(pool));
    pool.listenUNIXDatagram(first, std::make_shared<Hearer>(pool, byPath));
    pool.adoptDatagramPort(datagrams[0], std::make_shared<Hearer>(pool, byDescriptor));
    pool.connectUNIXDatagram(first, std::make_shared<DatagramProtocol>())->write("by path");
    EXPECT_THROW(pool.openSerialPort("/dev/no-such", std::make_shared<Protocol>()),
                 std::system_error);
    EXPECT_THROW(pool.standardIO(nullptr), std::invalid_argument);
  });
  ASSERT_EQ(::send(datagrams[1], "by descriptor", 13, 0), 13);
  EXPECT_EQ(byPath.get_future().get(), "by path on 1");
  EXPECT_EQ(byDescriptor.get_future().get(), "by descriptor on 1");
  char text[2];
  EXPECT_EQ(::recv(pair[1], text, sizeof text, MSG_WAITALL), 2);
  EXPECT_EQ(BytesView(text, 2), "1\n");
  cameTrue([&] { return count.made == 3; });
  stopAndJoin(pool);
}

}  // namespace
}  // namespace plait::testing
