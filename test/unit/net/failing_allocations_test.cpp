#include <gtest/gtest.h>
#include <unistd.h>

#include <plait/core/client_factory.hpp>
#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>

#include "support/failing_allocations.hpp"

/// Every allocation of a scenario fails, one after the other. Whatever fails: nothing crashes, no
/// connection is told of two ends or of none, and nothing leaks (which is for the address sanitizer
/// to say).
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// What the ends of connections were told; outlives them.
struct Tally {
  int made = 0;
  int lost = 0;
};

/// Notes what it is told, in a Tally, without allocating.
template <class P>
struct Tallied : P {
  explicit Tallied(Tally& tally) : tally(tally) {}
  void connectionMade() override {
    ++tally.made;
    P::connectionMade();
  }
  void connectionLost(const Failure& reason) override {
    ++tally.lost;
    P::connectionLost(reason);
  }
  Tally& tally;
};

struct Talker : Protocol {
  void connectionMade() override { transport().write(Bytes(100'000, 'x')); }
  void dataReceived(BytesView data) override {
    received += data.size();
    if (received >= 100'000) transport().loseConnection();
  }
  std::size_t received = 0;
};
struct Echoer : Protocol {
  void dataReceived(BytesView data) override { transport().write(data); }
};
struct LineTalker : LineReceiver {
  void connectionMade() override {
    for (int i = 0; i < 20; ++i) sendLine(Bytes(100, 'l'));
    sendLine("end");
  }
  void lineReceived(BytesView line) override {
    if (line == "end") transport().loseConnection();
  }
};
struct LineEchoer : LineReceiver {
  void lineReceived(BytesView line) override { sendLine(line); }
};
struct StringTalker : NetstringReceiver {
  void connectionMade() override { sendString(Bytes(20'000, 's')); }
  void stringReceived(BytesView) override { transport().loseConnection(); }
};
struct StringEchoer : NetstringReceiver {
  void stringReceived(BytesView string) override { sendString(string); }
};

/// Runs `scenario` with its first allocation failing, its second, and so on until it makes fewer.
template <class Scenario>
void failEachAllocation(Scenario scenario) {
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE(fmt::format("allocation {}", nth));
    if (!scenario(nth) || ::testing::Test::HasFailure()) return;
    ASSERT_LT(nth, 100'000u);
  }
}

Log& quiet() {
  static Log log(LogLevel::error);
  return log;
}

/// A conversation in memory; true when the allocation was one of it.
template <class Server, class Client>
bool talkInMemory(std::size_t nth) {
  Tally tally;
  bool happened = false;
  {
    Clock clock;
    auto server = std::make_shared<Tallied<Server>>(tally);
    auto client = std::make_shared<Tallied<Client>>(tally);
    std::unique_ptr<MemoryConnection> connection;
    {
      const FailingAllocation failing(nth);
      try {
        connection = std::make_unique<MemoryConnection>(clock, server, client,
                                                        MemoryConnection::Options{.log = &quiet()});
        connection->flush();
      } catch (const std::bad_alloc&) {
      }
      happened = failing.happened();
    }
    if (connection) connection->flush();  // with memory again
  }
  EXPECT_EQ(tally.lost, tally.made);
  EXPECT_LE(tally.made, 2);
  return happened;
}

TEST(FailingAllocations, OfBytesThatAreEchoed) {
  failEachAllocation(talkInMemory<Echoer, Talker>);
}

TEST(FailingAllocations, OfLines) {
  failEachAllocation(talkInMemory<LineEchoer, LineTalker>);
}

TEST(FailingAllocations, OfNetstrings) {
  failEachAllocation(talkInMemory<StringEchoer, StringTalker>);
}

TEST(FailingAllocations, OfAChainOfDeferreds) {
  failEachAllocation([](std::size_t nth) {
    const FailingAllocation failing(nth);
    int called = 0;
    try {
      Deferred<int> deferred;
      auto end = deferred.addCallback([](int value) { return value + 1; })
                     .addCallback([](int value) { return succeed(value + 1); })
                     .addBoth([&](Result<int>) { ++called; });
      deferred.callback(1);
      EXPECT_EQ(called, 1);
    } catch (const std::bad_alloc&) {
    }
    EXPECT_LE(called, 1);
    return failing.happened();
  });
}

TEST(FailingAllocations, OfTimers) {
  failEachAllocation([](std::size_t nth) {
    Clock clock;
    int called = 0;
    int promised = 0;
    const FailingAllocation failing(nth);
    for (int i = 0; i < 10; ++i) {
      try {
        clock.callLater(1s, [&] { ++called; });
        ++promised;
      } catch (const std::bad_alloc&) {
      }
    }
    clock.advance(1s);
    EXPECT_EQ(called, promised);
    return failing.happened();
  });
}

/// Counts what becomes of attempts to connect.
struct Clients : ClientFactory {
  explicit Clients(Tally& tally) : tally(tally) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<Tallied<Talker>>(tally);
  }
  void clientConnectionFailed(Connector&, const Failure&) override { ++ended; }
  void clientConnectionLost(Connector&, const Failure&) override { ++ended; }
  Tally& tally;
  int ended = 0;
};

/// Runs the reactor until then, also when an exception has come out of it.
template <class Condition>
void runUntil(Reactor& reactor, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "what the test waits for has not come";
      return;
    }
    try {
      ioContext(reactor).run_one_for(1ms);
    } catch (const std::bad_alloc&) {
    }
  }
}

/// A server and a client on a reactor, with and then without allocations that fail.
class Meeting {
 public:
  using Listen = std::shared_ptr<ListeningPort> (*)(Reactor&, std::shared_ptr<Factory>);
  using Connect = void (*)(Reactor&, ListeningPort&, std::shared_ptr<ClientFactory>);

  Meeting(Listen listen, Connect connect) : listen_(listen), connect_(connect) {
    reactor_.startRunning();
  }

  /// True when there were that many allocations.
  bool withFailure(std::size_t nth) {
    const FailingAllocation failing(nth);
    int begun = 0;
    try {
      port_ = listen_(reactor_, servers_);
      connect_(reactor_, *port_, clients_);
      ++begun;
    } catch (const std::bad_alloc&) {
    }
    runUntil(reactor_, [&] { return clients_->ended >= begun; });
    return failing.happened();
  }
  void withMemoryAgain() {
    if (!port_) port_ = listen_(reactor_, servers_);
    const int before = clients_->ended;
    connect_(reactor_, *port_, clients_);
    runUntil(reactor_, [&] { return clients_->ended > before && served.lost == served.made; });
    EXPECT_LE(clients_->ended, 2);
    EXPECT_GT(served.made, 0);
  }

  Tally served, connected;

 private:
  Listen listen_;
  Connect connect_;
  Reactor reactor_{ReactorOptions{.log = &quiet(), .installSignalHandlers = false}};
  std::shared_ptr<Factory> servers_ = Factory::forProtocol<Tallied<Echoer>>(std::ref(served));
  std::shared_ptr<Clients> clients_ = std::make_shared<Clients>(connected);
  std::shared_ptr<ListeningPort> port_;
};

void expectMeetings(Meeting::Listen listen, Meeting::Connect connect) {
  failEachAllocation([&](std::size_t nth) {
    Meeting meeting(listen, connect);
    const bool happened = meeting.withFailure(nth);
    meeting.withMemoryAgain();
    EXPECT_EQ(meeting.served.lost, meeting.served.made);
    EXPECT_EQ(meeting.connected.lost, meeting.connected.made);
    return happened;
  });
}

TEST(FailingAllocations, OfAConnectionOverTCP) {
  expectMeetings(
      [](Reactor& reactor, std::shared_ptr<Factory> factory) {
        return reactor.listenTCP(0, std::move(factory), {.interface = "127.0.0.1"});
      },
      [](Reactor& reactor, ListeningPort& port, std::shared_ptr<ClientFactory> factory) {
        reactor.connectTCP("127.0.0.1", port.getHost().port(), std::move(factory));
      });
}

TEST(FailingAllocations, OfAConnectionOverAUNIXSocket) {
  expectMeetings(
      [](Reactor& reactor, std::shared_ptr<Factory> factory) {
        static int count = 0;
        std::string name(1, '\0');
        name += fmt::format("plait-failing-allocations-{}-{}", ::getpid(), ++count);
        return reactor.listenUNIX(name, std::move(factory));
      },
      [](Reactor& reactor, ListeningPort& port, std::shared_ptr<ClientFactory> factory) {
        reactor.connectUNIX(port.getHost().as<UNIXAddress>()->name, std::move(factory));
      });
}

TEST(FailingAllocations, OfAReactorThatIsStopped) {
  failEachAllocation([](std::size_t nth) {
    const FailingAllocation failing(nth);
    try {
      Reactor reactor(ReactorOptions{.log = &quiet(), .installSignalHandlers = false});
      reactor.startRunning();
      int fromThread = 0;
      try {
        reactor.callFromThread([&] { ++fromThread; });
        reactor.callLater(1ms, [] {});
      } catch (const std::bad_alloc&) {
      }
      const auto stop = [&] {
        try {
          if (reactor.running()) reactor.stop();
        } catch (const std::bad_alloc&) {  // once more
          reactor.stop();
        }
      };
      stop();
      runUntil(reactor, [&] { return !reactor.running(); });
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(failing.happened());
    }
    return failing.happened();
  });
}

}  // namespace
}  // namespace plait::testing
