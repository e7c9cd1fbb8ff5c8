#include <sys/socket.h>

#include <plait/echo/echo.hpp>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/line/line_only_receiver.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <plait/policies/timeout_mixin.hpp>

#include "../support/counted_allocations.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

struct LineEcho : LineReceiver {
  void lineReceived(BytesView line) override { sendLine(line); }
};

struct LineOnlyEcho : LineOnlyReceiver {
  void lineReceived(BytesView line) override { sendLine(line); }
};

struct NetstringEcho : NetstringReceiver {
  void stringReceived(BytesView string) override { sendString(string); }
};

struct IntStringEcho : Int16StringReceiver {
  void stringReceived(BytesView string) override { sendString(string); }
};

/// These with an idle timeout, reset by every message.
template <class P>
struct Timed : P, TimeoutMixin {
  void connectionMade() override {
    P::connectionMade();
    setTimeout(1h);
  }
};
struct TimedEcho : Timed<Echo> {
  void dataReceived(BytesView data) override {
    resetTimeout();
    Echo::dataReceived(data);
  }
};
struct TimedLineEcho : Timed<LineEcho> {
  void lineReceived(BytesView line) override {
    resetTimeout();
    sendLine(line);
  }
};
template <class P>
struct TimedStringEcho : Timed<P> {
  void stringReceived(BytesView string) override {
    this->resetTimeout();
    this->sendString(string);
  }
};

/// Once a connection has warmed up, a message costs the server no allocation.
class Allocations : public NetTest {
 protected:
  /// The server's allocations for `rounds` times sending `message` and waiting for `reply`.
  std::size_t count(RawPeer& peer, BytesView message, BytesView reply, int rounds) {
    char buffer[4096];
    allocations = 0;
    for (int i = 0; i < rounds; ++i) {
      peer.send(message);
      std::size_t received = 0;
      auto& context = ioContext(reactor);
      const auto deadline = std::chrono::steady_clock::now() + kPatience;
      while (received < reply.size()) {
        counting = true;
        context.run_one_for(1ms);
        counting = false;
        const ssize_t size =
            ::recv(peer.socket(), buffer + received, reply.size() - received, MSG_DONTWAIT);
        if (size > 0) received += static_cast<std::size_t>(size);
        if (std::chrono::steady_clock::now() > deadline) {
          ADD_FAILURE() << "no reply";
          return 0;
        }
      }
      EXPECT_EQ(BytesView(buffer, received), reply);
    }
    return allocations;
  }

  template <class P>
  void expectNone(BytesView message, BytesView reply) {
    auto port = listen(Factory::forProtocol<P>());
    RawPeer peer(port->getHost());
    count(peer, message, reply, 100);  // warms up
    EXPECT_EQ(count(peer, message, reply, 1000), 0u);
  }
};

TEST_F(Allocations, AreCounted) {
  counting = true;
  allocations = 0;
  delete new int;
  counting = false;
  EXPECT_GE(allocations, 1u);
}

TEST_F(Allocations, NoneForAnEchoedMessage) {
  expectNone<Echo>("hello", "hello");
}

TEST_F(Allocations, NoneForAnEchoedMessageOfAKilobyte) {
  const Bytes message(1024, 'k');  // takes the way of the large reads
  expectNone<Echo>(message, message);
}

TEST_F(Allocations, NoneForADatagram) {
  struct DatagramEcho : DatagramProtocol {
    void datagramReceived(BytesView bytes, const Address& from) override {
      ++received;
      transport().write(bytes, from);
    }
    int received = 0;
  };
  const auto one = std::make_shared<DatagramEcho>();
  const auto other = std::make_shared<DatagramEcho>();
  const auto port = reactor.listenUDP(0, one, {.interface = "127.0.0.1"});
  reactor.listenUDP(0, other, {.interface = "127.0.0.1"})->write("ball", port->getHost());
  runUntil([&] { return one->received >= 100; });  // warms up
  allocations = 0;
  counting = true;
  runUntil([&] { return one->received >= 1100; });
  counting = false;
  EXPECT_EQ(allocations, 0u);
}

TEST_F(Allocations, NoneForALine) {
  expectNone<LineEcho>("a line\r\n", "a line\r\n");
}

TEST_F(Allocations, NoneForALineOfALineOnlyReceiver) {
  expectNone<LineOnlyEcho>("a line\r\n", "a line\r\n");
}

TEST_F(Allocations, NoneForSixteenPipelinedLines) {
  Bytes message;
  for (int i = 0; i < 16; ++i) message += fmt::format("line number {}\r\n", i);
  expectNone<LineEcho>(message, message);
}

TEST_F(Allocations, NoneForANetstring) {
  expectNone<NetstringEcho>("8:a string,", "8:a string,");
}

TEST_F(Allocations, NoneForAnIntString) {
  const BytesView message(
      "\0\x08"
      "a string",
      10);
  expectNone<IntStringEcho>(message, message);
}

TEST_F(Allocations, NoneWithATimeoutOn) {
  expectNone<TimedEcho>("hello", "hello");
  expectNone<TimedLineEcho>("a line\r\nanother\r\n", "a line\r\nanother\r\n");
  expectNone<TimedStringEcho<NetstringEcho>>("8:a string,", "8:a string,");
  const BytesView message("\0\x02hi", 4);
  expectNone<TimedStringEcho<IntStringEcho>>(message, message);
}

TEST_F(Allocations, NoneForATimerWhereAnotherWasBefore) {
  const auto arm = [&] {
    for (int i = 0; i < 100; ++i) {
      reactor.callLater(1h, [] {}).cancel();
      reactor.callLater(0s, [] {});
    }
  };
  arm();
  runWhatIsReady();
  counting = true;
  allocations = 0;
  arm();
  counting = false;
  EXPECT_EQ(allocations, 0u);
  runWhatIsReady();
}

TEST_F(Allocations, NoneForATimerThatIsMoved) {
  auto call = reactor.callLater(1h, [] {});
  counting = true;
  allocations = 0;
  for (int i = 0; i < 1000; ++i) call.reset(1h);
  counting = false;
  EXPECT_EQ(allocations, 0u);
}

}  // namespace
}  // namespace plait::testing
