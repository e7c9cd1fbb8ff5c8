#include <unistd.h>

#include <plait/core/datagram_protocol.hpp>
#include <plait/core/errors.hpp>

#include "support/short_of_memory.hpp"

/// The same for datagrams: each allocation of ports, of what they send, receive and join fails in
/// turn. A datagram may be lost so, the port may not: it is told of one start and of one end, and
/// in between it hears what comes later.
namespace plait::testing {
namespace {

constexpr const char* kGroup = "228.0.0.6";

struct Hearer : DatagramProtocol {
  void startProtocol() override { ++tally.made; }
  void stopProtocol() override { ++tally.lost; }
  void datagramReceived(BytesView bytes, const Address& from) override {
    ++received;
    if (answers) transport().write(bytes, from);
  }
  Tally tally;
  int received = 0;
  bool answers = false;
};

using Port = std::shared_ptr<DatagramTransport>;

/// Opens a port; null when there was no memory for it.
template <class Open>
Port tryToOpen(Open open) {
  try {
    return open();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void tryToWrite(DatagramTransport& port, const Address& to) {
  try {
    port.write("hello", to);
  } catch (const std::bad_alloc&) {
  }
}

/// Writes until `hearer` has heard, however much is lost.
void writeUntilHeard(Reactor& reactor, DatagramTransport& from, const Address& to,
                     const Hearer& hearer) {
  const int before = hearer.received;
  runUntil(reactor, [&] {
    if (hearer.received == before) tryToWrite(from, to);
    return hearer.received > before;
  });
}

/// Stops the port, also when there was no memory for that the first time.
void stop(Reactor& reactor, DatagramTransport& port, const Hearer& hearer) {
  try {
    port.stopListening();
  } catch (const std::bad_alloc&) {
    port.stopListening();
  }
  runUntil(reactor, [&] { return hearer.tally.lost == hearer.tally.made; });
}

/// Two ports: one that is spoken to, and one that speaks.
struct Exchange {
  Exchange() { heard->answers = true; }

  /// True when both ports are open.
  template <class Open>
  bool open(Open open) {
    if (!port) port = tryToOpen([&] { return open(reactor, heard, true); });
    if (!speaker) speaker = tryToOpen([&] { return open(reactor, spoke, false); });
    return port && speaker;
  }
  void talk(const Address& to) {
    writeUntilHeard(reactor, *speaker, to, *heard);
    writeUntilHeard(reactor, *speaker, to, *spoke);
  }
  void close() {
    if (port) stop(reactor, *port, *heard);
    if (speaker) stop(reactor, *speaker, *spoke);
    EXPECT_LE(heard->tally.made, 1);
    EXPECT_LE(spoke->tally.made, 1);
  }

  Reactor reactor{ReactorOptions{.log = &quiet(), .installSignalHandlers = false}};
  std::shared_ptr<Hearer> heard = std::make_shared<Hearer>();
  std::shared_ptr<Hearer> spoke = std::make_shared<Hearer>();
  Port port, speaker;
};

Port openUDP(Reactor& reactor, std::shared_ptr<Hearer> hearer, bool) {
  return reactor.listenUDP(0, std::move(hearer), {.interface = "127.0.0.1"});
}

TEST(FailingDatagramAllocations, OfUDP) {
  failEachAllocation([](std::size_t nth) {
    Exchange exchange;
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      if (exchange.open(openUDP)) exchange.talk(exchange.port->getHost());
      happened = failing.happened();
    }
    if (exchange.open(openUDP)) exchange.talk(exchange.port->getHost());
    exchange.close();
    return happened;
  });
}

TEST(FailingDatagramAllocations, OfPortsThatAreStopped) {
  failEachAllocation([](std::size_t nth) {
    Exchange exchange;
    exchange.open(openUDP);
    exchange.talk(exchange.port->getHost());
    const FailingAllocation failing(nth);
    exchange.close();
    EXPECT_EQ(exchange.heard->tally.lost, 1);
    EXPECT_EQ(exchange.spoke->tally.lost, 1);
    return failing.happened();
  });
}

TEST(FailingDatagramAllocations, OfAGroupThatIsJoined) {
  const auto open = [](Reactor& reactor, std::shared_ptr<Hearer> hearer, bool inGroup) {
    return reactor.listenMulticast(0, std::move(hearer),
                                   {.interface = inGroup ? kGroup : "127.0.0.1"});
  };
  failEachAllocation([&](std::size_t nth) {
    Exchange exchange;
    exchange.heard->answers = false;
    int joined = 0, refused = 0;
    const auto join = [&] {
      exchange.port->joinGroup(kGroup, "127.0.0.1")
          .addCallback([&] { ++joined; })
          .addErrback([&](const Failure&) { ++refused; });
    };
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      if (exchange.open(open)) {
        try {
          exchange.speaker->setOutgoingInterface("127.0.0.1");
          join();
        } catch (const std::bad_alloc&) {
        }
      }
      happened = failing.happened();
    }
    EXPECT_LE(joined + refused, 1);
    EXPECT_TRUE(exchange.open(open));
    exchange.speaker->setOutgoingInterface("127.0.0.1");
    if (joined == 0) join();  // at worst it has joined already, and was not told
    writeUntilHeard(exchange.reactor, *exchange.speaker,
                    *IPv4Address::parse(kGroup, exchange.port->getHost().port()), *exchange.heard);
    exchange.close();
    return happened;
  });
}

/// More is written than the receiver's queue takes: the rest waits at the sender.
TEST(FailingDatagramAllocations, OfASendQueue) {
  failEachAllocation([](std::size_t nth) {
    static int count = 0;
    std::string name(1, '\0');
    name += fmt::format("plait-failing-datagrams-{}-{}", ::getpid(), ++count);
    Exchange exchange;
    exchange.heard->answers = false;
    const Port port = exchange.port = exchange.reactor.listenUNIXDatagram(name, exchange.heard);
    const Port speaker = exchange.speaker =
        exchange.reactor.connectUNIXDatagram(name, exchange.spoke);
    port->pauseProducing();
    int written = 0, thrown = 0;
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      for (; written + thrown < 2000 && speaker->bufferedBytes() < 50;) {
        try {
          speaker->write("hello");
          ++written;
        } catch (const std::bad_alloc&) {
          ++thrown;
        }
      }
      port->resumeProducing();
      for (int i = 0; i < 100 && exchange.heard->received < written; ++i) {
        try {
          ioContext(exchange.reactor).run_one_for(std::chrono::milliseconds(1));
        } catch (const std::bad_alloc&) {
        }
      }
      happened = failing.happened();
    }
    EXPECT_LE(thrown, 1);
    // What waited leaves at the latest with the next.
    speaker->write("hello");
    runUntil(exchange.reactor, [&] { return exchange.heard->received > written; });
    EXPECT_LE(exchange.heard->received, written + 1 + thrown);
    exchange.close();
    return happened;
  });
}

}  // namespace
}  // namespace plait::testing
