#include <netinet/in.h>
#include <sys/socket.h>

#include <plait/core/datagram_protocol.hpp>

#include "../support/pattern.hpp"
#include "support/failing_calls.hpp"
#include "support/failing_each_call.hpp"
#include "support/raw_descriptors.hpp"
#include "support/temporary_directory.hpp"

/// Every system call of a scenario fails, one after the other, in every plausible way. Whatever
/// fails: nothing crashes, hangs or leaks; whoever began something is told how it ended, once; and
/// the reactor goes on.
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

TEST(FailingCalls, OfAnEchoWithAHalfClose) {
  failEachCall([](FaultyWorld& world) {
    world.scriptEcho("hello");
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
    world.expectEchoed("hello");
  });
}

TEST(FailingCalls, OfLargeWrites) {
  const Bytes text = pattern(1'000'000);
  failEachCall([&](FaultyWorld& world) {
    world.scriptEcho(text);
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
    world.expectEchoed(text);
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
    world.scriptEcho("hello");
    world.port = world.reactor->listenUNIX(directory / "socket", world.server);
    world.reactor->connectUNIX(directory / "socket", world.client, {.checkLock = true});
    ++world.connects;
    world.runUntilOver();
    world.expectEchoed("hello");
    world.port->stopListening();
    world.port = nullptr;
  });
}

/// A port at which nobody listens: it is taken, so nobody can while this lives.
struct SilentPort {
  SilentPort() {
    const OwnCalls own;
    socket = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), any, size) != 0 || ::getsockname(socket.get(), any, &size) != 0) {
      throw std::system_error(errno, std::system_category());
    }
    number = ntohs(address.sin_port);
  }
  Descriptor socket;
  std::uint16_t number = 0;
};

TEST(FailingCalls, OfARefusedConnection) {
  failEachCall([](FaultyWorld& world) {
    const SilentPort nobodys;
    world.reactor->connectTCP("127.0.0.1", nobodys.number, world.client,
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
    world.scriptEcho("hello");
    world.reactor->adoptStreamConnection(one.get(), world.server);
    world.reactor->adoptStreamConnection(other.get(), world.client);
    one = {};
    other = {};  // the reactor has copies
    world.runUntilOver();
    world.expectEchoed("hello");
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
    world.scriptEcho("hello");
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
