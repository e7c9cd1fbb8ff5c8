#include <sys/socket.h>

#include <atomic>
#include <future>
#include <thread>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// What `stop` does to the connections that are open.
class Draining : public ::testing::Test {
 protected:
  void make(ReactorOptions options) {
    options.log = &captured.log;
    options.installSignalHandlers = false;
    options.stallLimit = Duration::zero();  // on a loaded machine anything may take long
    reactor = std::make_unique<Reactor>(options);
    port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  }
  /// Stops the reactor as soon as `count` connections have been made.
  void stopAfter(std::size_t count, std::function<void(Connection&)> first = {}) {
    server->script.made = [this, count, first](Connection& c) {
      if (first) first(c);
      if (server->connections.size() == count) reactor->stop();
    };
  }

  CapturedLog captured;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::unique_ptr<Reactor> reactor;
  std::shared_ptr<ListeningPort> port;
};

TEST_F(Draining, IdleConnectionsSeeEndOfFileAtOnce) {
  make({.drainTimeout = 1h});
  std::vector<RawPeer> peers;
  for (int i = 0; i < 10; ++i) peers.emplace_back(port->getHost());
  stopAfter(10);
  reactor->run();
  for (RawPeer& peer : peers) {
    peer.receiveUntilEnd();
    EXPECT_TRUE(peer.eof());
    EXPECT_EQ(peer.error(), 0);
  }
  for (const auto& connection : server->connections) {
    EXPECT_TRUE(connection->lostWith<ConnectionDone>());
  }
}

TEST_F(Draining, DoesNotWaitForPeersThatNeverClose) {
  make({.drainTimeout = 1h});
  RawPeer peer(port->getHost());
  peer.send("and silence");
  stopAfter(1, [](Connection& c) { c.transport->write("reply"); });
  reactor->run();
  peer.receiveUntilEnd();
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, "reply");
}

TEST_F(Draining, DoesNotWaitForPeersThatSendWithoutEnd) {
  make({.drainTimeout = 1h});
  constexpr std::size_t kPeers = 8;
  std::atomic<bool> stopped = false;
  std::atomic<std::size_t> sentAfterwards = 0;
  std::vector<RawPeer> peers;
  std::vector<std::thread> senders;
  for (std::size_t i = 0; i < kPeers; ++i) peers.emplace_back(port->getHost());
  for (RawPeer& peer : peers) {
    senders.emplace_back([&, socket = peer.socket()] {
      const Bytes data(64 * 1024, 'x');
      while (const ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL)) {
        if (sent < 0) break;
        if (stopped) sentAfterwards += static_cast<std::size_t>(sent);
      }
    });
  }
  server->script.data = [&](Connection&, BytesView) {
    const auto all = [&](const auto& each) { return each->received.size() >= kMegabyte; };
    const auto& made = server->connections;
    if (made.size() < kPeers || !std::all_of(made.begin(), made.end(), all)) return;
    stopped = true;
    reactor->stop();
  };
  reactor->run();
  for (std::thread& sender : senders) sender.join();
  EXPECT_LT(sentAfterwards, kPeers * 20 * kMegabyte);
}

TEST_F(Draining, MayEndInTheMiddleOfALingeringClose) {
  make({.drainTimeout = 1ms});
  RawPeer peer(port->getHost());
  std::thread sender([socket = peer.socket()] {
    const Bytes data(64 * 1024, 'x');
    while (::send(socket, data.data(), data.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  server->script.data = [&](Connection& c, BytesView) {
    c.transport->loseConnection();
    reactor->callLater(1ms, [&] { reactor->stop(); });
  };
  reactor->run();
  reactor.reset();
  sender.join();
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(Draining, ASlowReaderGetsItsPendingOutput) {
  make({.drainTimeout = 1h});
  const Bytes reply = pattern(10 * kMegabyte);
  RawPeer peer(port->getHost(), 4096);
  stopAfter(1, [&](Connection& c) { c.transport->write(reply); });
  std::thread reader([&] { peer.receiveUntilEnd(); });
  reactor->run();
  reader.join();
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, reply);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
  EXPECT_EQ(captured.count(LogLevel::warn, ""), 0u);
}

TEST_F(Draining, BeyondTheTimeoutItIsAborted) {
  make({.drainTimeout = 50ms});
  RawPeer peer(port->getHost());  // never reads
  stopAfter(1, [](Connection& c) { c.transport->write(Bytes(20 * kMegabyte, 'x')); });
  reactor->run();
  EXPECT_TRUE(server->last().lostWith<ConnectionAborted>());
  EXPECT_EQ(
      captured.count(LogLevel::warn, "the time for draining is over, 1 connections are aborted"),
      1u);
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.error(), ECONNRESET);
}

TEST_F(Draining, SaysEachSecondWhatItWaitsFor) {
  make({.drainTimeout = 1h});
  RawPeer peer(port->getHost(), 4096);
  stopAfter(1, [](Connection& c) { c.transport->write(Bytes(10 * kMegabyte, 'x')); });
  reactor->addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    reactor->callLater(1200ms, [&] { server->last().transport->abortConnection(); });
  });
  reactor->run();
  EXPECT_EQ(captured.count(LogLevel::info, "draining: 1 connections still open"), 1u);
}

TEST_F(Draining, OutputTheSystemHasTakenArrives) {
  make({.drainTimeout = 1h});
  const Bytes reply = pattern(50'000);
  RawPeer peer(port->getHost());
  stopAfter(1, [&](Connection& c) { c.transport->write(reply); });
  reactor->run();
  reactor.reset();  // even the reactor is gone when the peer begins to read
  peer.receiveUntilEnd();
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, reply);
}

TEST_F(Draining, ListenersCloseFirst) {
  make({.drainTimeout = 1h});
  RawPeer peer(port->getHost());
  stopAfter(1, [&](Connection& c) { c.transport->write(Bytes(20 * kMegabyte, 'x')); });
  const Address address = port->getHost();
  bool refused = false;
  reactor->addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] {
    reactor->callLater(0s, [&] {  // while it drains
      EXPECT_EQ(server->numPorts(), 0);
      try {
        RawPeer late(address);
      } catch (const std::system_error&) {
        refused = true;
      }
      peer.reset();
    });
  });
  reactor->run();
  EXPECT_TRUE(refused);
}

TEST_F(Draining, TimersRunMeanwhile) {
  make({.drainTimeout = 1h});
  RawPeer peer(port->getHost());
  stopAfter(1, [&](Connection& c) {
    c.transport->write(Bytes(20 * kMegabyte, 'x'));
    reactor->callLater(20ms, [&] { server->last().transport->abortConnection(); });
  });
  reactor->run();
  EXPECT_EQ(server->last().lost, 1);
}

TEST_F(Draining, AttemptsToConnectFail) {
  make({.drainTimeout = 1h});
  RawListener full(1);
  RawPeer first(full.address());
  RawPeer second(full.address());
  auto client = ScriptedFactory::make();
  reactor->connectTCP("127.0.0.1", full.port(), client);
  reactor->callWhenRunning([&] { reactor->stop(); });
  reactor->run();
  EXPECT_EQ(client->failures, 1);
  EXPECT_EQ(client->numPorts(), 0);
}

TEST_F(Draining, ClientsThatReconnectDoNotPreventIt) {
  make({.drainTimeout = 1h});
  auto client = ScriptedFactory::make();
  client->onFailed = [](Connector& connector, const Failure&) { connector.connect(); };
  client->onLost = [](Connector& connector, const Failure&) { connector.connect(); };
  reactor->connectTCP("127.0.0.1", port->getHost().port(), client);
  reactor->connectTCP("127.0.0.1", unusedPort(), client);
  client->script.made = [&](Connection&) { reactor->stop(); };
  reactor->run();
  EXPECT_EQ(client->losses, 1);
  EXPECT_EQ(client->lostConnections(), 1);
}

TEST_F(Draining, ProducersMayFinish) {
  struct File : PullProducer {
    void resumeProducing() override {
      if (left-- == 0) return to->unregisterProducer();
      to->write(Bytes(100'000, 'f'));
    }
    void stopProducing() override { ++stops; }
    Transport* to = nullptr;
    int left = 30;
    int stops = 0;
  } file;
  make({.drainTimeout = 1h});
  RawPeer peer(port->getHost());
  stopAfter(1, [&](Connection& c) {
    file.to = c.transport.get();
    c.transport->registerProducer(file);
  });
  std::thread reader([&] { peer.receiveUntilEnd(); });
  reactor->run();
  reader.join();
  EXPECT_EQ(peer.received.size(), 3'000'000u);
  EXPECT_EQ(file.stops, 0);
}

TEST_F(Draining, BothEndsOnOneReactorEndCleanly) {
  make({.drainTimeout = 1h});
  auto client = ScriptedFactory::make();
  for (int i = 0; i < 20; ++i) {
    reactor->connectTCP("127.0.0.1", port->getHost().port(), client);
  }
  stopAfter(20);
  reactor->run();
  EXPECT_EQ(server->lostConnections(), 20);
  EXPECT_EQ(client->losses + client->failures, 20);
  for (const auto& connection : server->connections) {
    EXPECT_TRUE(connection->lostWith<ConnectionDone>());
  }
}

TEST_F(Draining, WhatConnectionLostWritesToOthersIsHarmless) {
  make({.drainTimeout = 1h});
  RawPeer first(port->getHost());
  RawPeer second(port->getHost());
  server->script.lost = [this](Connection&, const Failure&) {
    for (const auto& each : server->connections) each->transport->write("a peer has left");
  };
  stopAfter(2);
  reactor->run();
  EXPECT_EQ(server->lostConnections(), 2);
}

TEST_F(Draining, NothingNewIsListenedOnMeanwhile) {
  make({.drainTimeout = 1h});
  std::vector<std::string> answers;
  const auto ask = [&](auto call) {
    try {
      call();
      answers.emplace_back("opened");
    } catch (const std::exception& error) {
      answers.emplace_back(error.what());
    }
  };
  const auto datagrams = std::make_shared<DatagramProtocol>();
  server->script.lost = [&](Connection&, const Failure&) {
    ask([&] { reactor->listenTCP(0, server, {.interface = "127.0.0.1"}); });
    ask([&] { reactor->listenUNIX("/nowhere/socket", server); });
    ask([&] { reactor->listenUDP(0, datagrams, {.interface = "127.0.0.1"}); });
    ask([&] { reactor->listenUNIXDatagram("/nowhere/socket", datagrams); });
    ask([&] { reactor->connectUNIXDatagram("/nowhere/socket", datagrams); });
    ask([&] { reactor->adoptStreamPort(0, server); });
    ask([&] { reactor->adoptDatagramPort(0, datagrams); });
  };
  RawPeer peer(port->getHost());
  stopAfter(1);
  reactor->run();
  EXPECT_EQ(answers.size(), 7u);
  EXPECT_THAT(answers, ::testing::Each(HasSubstr("the reactor is stopping")));
  EXPECT_EQ(server->numPorts(), 0);
}

TEST_F(Draining, SaysThatCallsInThreadsOutliveIt) {
  make({.drainTimeout = 1ms});
  std::promise<void> told;
  captured.log.addObserver([&, first = true](const LogEvent& event) mutable {
    const bool isIt = event.message.find("1 calls in threads have not ended") != event.message.npos;
    if (isIt && std::exchange(first, false)) told.set_value();
  });
  bool ended = false;
  reactor->callInThread([&] {
    EXPECT_EQ(told.get_future().wait_for(kPatience), std::future_status::ready);
    ended = true;
  });
  reactor->callWhenRunning([&] { reactor->stop(); });
  reactor->run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(captured.count(LogLevel::warn, "calls in threads have not ended"), 1u);
}

TEST_F(Draining, ForEverIsALongTime) {
  make({.drainTimeout = Duration::max()});
  RawPeer peer(port->getHost());
  stopAfter(1, [](Connection& c) { c.transport->write("goodbye"); });
  reactor->run();
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.received, "goodbye");
}

}  // namespace
}  // namespace plait::testing
