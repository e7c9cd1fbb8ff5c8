#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_factory.hpp>

#include "../support/pattern.hpp"
#include "../support/test_certificates.hpp"
#include "conformance/tls_contexts.hpp"
#include "support/failing_each_call.hpp"
#include "support/temporary_directory.hpp"

/// Every system call of connections that speak TLS fails, one after the other: in the handshake, in
/// the data, at the end. Whatever fails: nobody takes what was cut short for all, everybody is told
/// one end, and the next handshake comes to its end.
namespace plait::testing {
namespace {

void speakTLS(FaultyWorld& world) {
  world.aroundServer = [](std::shared_ptr<Factory> factory) {
    return tlsServer(testServerContext(), std::move(factory));
  };
  world.aroundClient = [](std::shared_ptr<ClientFactory> factory) {
    return tlsClient(testClientContext(), std::move(factory));
  };
}

void echoOverTLS(FaultyWorld& world, const Bytes& text) {
  speakTLS(world);
  world.scriptEcho(text);
  world.listenTCP();
  world.connectTCP();
  world.runUntilOver();
  world.expectEchoed(text);
}

TEST(FailingCallsOverTLS, OfAnEchoWithAHalfClose) {
  failEachCall([](FaultyWorld& world) { echoOverTLS(world, "hello"); });
}

TEST(FailingCallsOverTLS, OfLargeWrites) {
  const Bytes text = pattern(400'000);
  failEachCall([&](FaultyWorld& world) { echoOverTLS(world, text); });
}

TEST(FailingCallsOverTLS, OfAnAbort) {
  failEachCall([](FaultyWorld& world) {
    speakTLS(world);
    world.server->script.made = [](Connection& c) { c.transport->write("welcome"); };
    world.client->script.data = [](Connection& c, BytesView) { c.transport->abortConnection(); };
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
  });
}

TEST(FailingCallsOverTLS, OfAServerThatHangsUp) {
  failEachCall([](FaultyWorld& world) {
    speakTLS(world);
    world.server->script.made = [](Connection& c) {
      c.transport->writeSequence({"good", "bye"});
      c.transport->loseConnection();
    };
    world.listenTCP();
    for (int i = 0; i < 3; ++i) world.connectTCP();
    world.runUntilOver();
    for (const auto& connection : world.client->connections) {
      if (!connection->lostWith<ConnectionDone>()) continue;
      EXPECT_EQ(connection->received, "goodbye");
    }
  });
}

TEST(FailingCallsOverTLS, OfAHandshakeThatFails) {
  failEachCall([](FaultyWorld& world) {
    speakTLS(world);
    const auto demanding =
        optionsForClientTLS("another.example", {.trust = testAuthority().trust()});
    world.listenTCP();
    world.reactor->connectTCP("127.0.0.1", world.port->getHost().port(),
                              tlsClient(demanding, world.client));
    ++world.connects;
    world.runUntilOver();
    for (const auto& connection : world.client->connections) {
      EXPECT_FALSE(connection->lostWith<ConnectionDone>());
    }
  });
}

/// Both sides speak a line of plain text, then TLS.
TEST(FailingCallsOverTLS, OfTLSThatIsStartedLater) {
  failEachCall([](FaultyWorld& world) {
    world.server->script.data = [](Connection& c, BytesView data) {
      const auto protocol = c.protocol.lock();
      protocol->transport().write(data);
      if (c.received == "start") startTLS(*protocol, testServerContext());
    };
    world.client->script.made = [](Connection& c) { c.transport->write("start"); };
    world.client->script.data = [](Connection& c, BytesView) {
      const auto protocol = c.protocol.lock();
      if (c.received == "start") {
        startTLS(*protocol, testClientContext());
        protocol->transport().write("secret");
      } else if (c.received == "startsecret") {
        protocol->transport().loseConnection();
      }
    };
    world.listenTCP();
    world.connectTCP();
    world.runUntilOver();
    world.expectEchoed("startsecret");
  });
}

TEST(FailingCallsOverTLS, OfAUNIXSocket) {
  failEachCall([](FaultyWorld& world) {
    const TemporaryDirectory directory;
    speakTLS(world);
    world.scriptEcho("hello");
    world.port =
        world.reactor->listenUNIX(directory.path("socket"), world.aroundServer(world.server));
    world.reactor->connectUNIX(directory.path("socket"), world.aroundClient(world.client));
    ++world.connects;
    world.runUntilOver();
    world.expectEchoed("hello");
    world.port->stopListening();
    world.port = nullptr;
  });
}

}  // namespace
}  // namespace plait::testing
