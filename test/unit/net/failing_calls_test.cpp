#include "support/failing_calls.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <plait/core/datagram_protocol.hpp>

#include "../support/pattern.hpp"
#include "support/faulty_world.hpp"
#include "support/raw_descriptors.hpp"
#include "support/temporary_directory.hpp"

/// Every system call of a scenario fails, one after the other, in every plausible way. Whatever
/// fails: nothing crashes, hangs or leaks; whoever began something is told how it ended, once; and
/// the reactor goes on.
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// Plays `scenario` with the `nth` of these calls failing; true when there were that many.
bool playWithFault(const FaultyWorld::Scenario& scenario, SystemCall call, int nth, int error) {
  SCOPED_TRACE(fmt::format("call {} of {}", nth, describeFault(call, error)));
  const std::size_t before = openDescriptors();
  bool happened = false;
  {
    FaultyWorld world;
    {
      const FailingCall failing(call, nth, error);
      world.play(scenario);
      happened = failing.happened();
    }
    if (world.thrown) {
      EXPECT_TRUE(happened) << world.thrown->getErrorMessage();
      // Whatever was thrown names the cause.
      EXPECT_NE(world.thrown->getErrorMessage().find(std::strerror(error)), std::string::npos)
          << world.thrown->getErrorMessage();
      if (world.port) world.port->stopListening();
      world.port = nullptr;
      if (world.reactor) world.runUntilOver();
    }
    world.expectOrder();
    if (world.reactor) world.expectToServe();
  }
  EXPECT_EQ(openDescriptors(), before);
  return happened;
}

void failEachCall(const FaultyWorld::Scenario& scenario) {
  {
    FaultyWorld untouched;  // makes what is made once a process, too
    untouched.play(scenario);
    if (untouched.thrown) FAIL() << untouched.thrown->getErrorMessage();
    untouched.expectOrder();
    if (::testing::Test::HasFailure()) return;
  }
  int faults = 0;
  for (const auto& [call, errors] : plausibleFaults()) {
    for (const int error : errors) {
      for (int nth = 1; playWithFault(scenario, call, nth, error); ++nth) {
        ++faults;
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
  ::testing::Test::RecordProperty("faults", faults);
}

/// The server answers with what it was sent, and ends when the client has no more to say.
void scriptEcho(FaultyWorld& world, const Bytes& text) {
  world.server->halfCloseable = true;
  world.server->script.made = [](Connection& c) { c.transport->registerProducer(*c.transport); };
  world.server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  world.server->script.readLost = [](Connection& c) { c.transport->loseConnection(); };
  world.client->halfCloseable = true;
  world.client->script.made = [text](Connection& c) {
    c.transport->write(text);
    c.transport->loseWriteConnection();
  };
  world.client->script.readLost = [](Connection& c) { c.transport->loseConnection(); };
}

/// What has come is what was sent, from its beginning on; all of it after a clean end.
void expectEchoed(FaultyWorld& world, const Bytes& text) {
  for (const auto& connection : world.client->connections) {
    EXPECT_EQ(connection->received, text.substr(0, connection->received.size()));
    const bool cleanAtBothEnds = connection->lostWith<ConnectionDone>() &&
                                 !world.server->connections.empty() &&
                                 world.server->last().lostWith<ConnectionDone>();
    if (!cleanAtBothEnds) continue;
    EXPECT_EQ(connection->received.size(), text.size());
  }
}

TEST(FailingCalls, OfAnEchoWithAHalfClose) {
  failEachCall([](FaultyWorld& world) {
    scriptEcho(world, "hello");
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
    expectEchoed(world, "hello");
  });
}

TEST(FailingCalls, OfLargeWrites) {
  const Bytes text = pattern(1'000'000);
  failEachCall([&](FaultyWorld& world) {
    scriptEcho(world, text);
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
    expectEchoed(world, text);
  });
}

TEST(FailingCalls, OfAnAbort) {
  failEachCall([](FaultyWorld& world) {
    world.server->script.made = [](Connection& c) { c.transport->write("welcome"); };
    world.client->script.data = [](Connection& c, BytesView) { c.transport->abortConnection(); };
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
  });
}

TEST(FailingCalls, OfAServerThatHangsUp) {
  failEachCall([](FaultyWorld& world) {
    world.server->script.made = [](Connection& c) {
      c.transport->setTcpKeepAlive(true);
      c.transport->writeSequence({"good", "bye"});
      c.transport->loseConnection();
    };
    world.listenTCP();
    for (int i = 0; i < 3; ++i) world.connectTCP();
    world.runUntilOver();
  });
}

TEST(FailingCalls, OfAConnectionOverAUNIXSocket) {
  failEachCall([](FaultyWorld& world) {
    const TemporaryDirectory directory;
    scriptEcho(world, "hello");
    world.port = world.reactor->listenUNIX(directory / "socket", world.server);
    world.reactor->connectUNIX(directory / "socket", world.client, {.checkLock = true});
    ++world.connects;
    world.runUntilOver();
    expectEchoed(world, "hello");
    world.port->stopListening();
    world.port = nullptr;
  });
}

TEST(FailingCalls, OfARefusedConnection) {
  failEachCall([](FaultyWorld& world) {
    world.listenTCP();
    const std::uint16_t nobodys = world.port->getHost().port();
    world.port->stopListening();
    world.port = nullptr;
    world.reactor->connectTCP("127.0.0.1", nobodys, world.client,
                              {.bindAddress = IPv4Address::parse("127.0.0.1").value()});
    ++world.connects;
    world.runUntilOver();
    EXPECT_EQ(world.client->failures, 1);
  });
}

TEST(FailingCalls, OfAConnectionThatIsAdopted) {
  failEachCall([](FaultyWorld& world) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    Descriptor one(pair[0]);
    Descriptor other(pair[1]);
    scriptEcho(world, "hello");
    world.reactor->adoptStreamConnection(one.get(), world.server);
    world.reactor->adoptStreamConnection(other.get(), world.client);
    one = {};
    other = {};  // the reactor has copies
    world.runUntilOver();
    expectEchoed(world, "hello");
  });
}

/// Throws what it receives back, and counts.
struct Player : DatagramProtocol {
  void datagramReceived(BytesView bytes, const Address& from) override {
    ++received;
    transport().write(bytes, from);
  }
  /// Throws to `to`, again and again: what the system does not take is lost.
  void serve(ReactorTime& time, const Address& to) {
    transport().write("ball", to);
    again = time.callLater(20ms, [this, &time, to] { serve(time, to); });
  }
  void stopProtocol() override { again.cancelIfActive(); }
  int received = 0;
  DelayedCall again;
};

TEST(FailingCalls, OfDatagrams) {
  failEachCall([](FaultyWorld& world) {
    const auto one = std::make_shared<Player>();
    const auto other = std::make_shared<Player>();
    const auto port = world.reactor->listenUDP(0, one, {.interface = "127.0.0.1"});
    world.reactor->listenUDP(0, other, {.interface = "127.0.0.1"});
    other->serve(*world.reactor, port->getHost());
    world.runUntil([&] { return one->received >= 5 && other->received >= 5; });
  });
}

TEST(FailingCalls, OfAReactorThatRunsTwice) {
  failEachCall([](FaultyWorld& world) {
    scriptEcho(world, "hello");
    world.client->onLost = [&](Connector&, const Failure&) { world.reactor->stop(); };
    world.client->onFailed = [&](Connector&, const Failure&) { world.reactor->stop(); };
    world.reactor = std::make_unique<Reactor>(ReactorOptions{
        .log = &world.captured.log, .drainTimeout = 2s, .installSignalHandlers = false});
    for (int run = 0; run < 2; ++run) {
      world.listenTCP();
      world.connectTCP();
      world.reactor->run();
    }
    world.client->onLost = nullptr;
    world.client->onFailed = nullptr;
    world.port = nullptr;
    world.reactor->startRunning();
    world.runUntilOver();
  });
}

}  // namespace
}  // namespace plait::testing
