#include <unistd.h>

#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>

#include "support/short_of_memory.hpp"

/// Every allocation of a scenario fails, one after the other. Whatever fails: nothing crashes, no
/// connection is told of two ends or of none, and nothing leaks (which is for the address sanitizer
/// to say).
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

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
