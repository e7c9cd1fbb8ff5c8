#include <plait/core/errors.hpp>
#include <plait/endpoints/connect_protocol.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/testing/memory_reactor.hpp>

#include "support/short_of_memory.hpp"

/// The same for endpoints: an attempt to connect is either thrown about, or its Deferred fires
/// once, with the protocol or with why there is none; and nothing of it goes on behind that.
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// Takes part in a connection, in silence.
struct Guest : Protocol {};

/// What an attempt has come to.
struct Outcome {
  int connected = 0;
  int failed = 0;
  int fired() const { return connected + failed; }
};

template <class P>
void note(const Deferred<P>& attempt, Outcome& outcome) {
  attempt.addBoth([&outcome](const Result<P>& result) {
    ++(result.success() ? outcome.connected : outcome.failed);
  });
}

/// A name with two addresses, of which the first refuses.
bool raceInMemory(std::size_t nth) {
  Tally client, server;
  bool happened = false;
  {
    MemoryReactor reactor(quiet());
    reactor.resolver.add("example.com", {"2001:db8::1", "192.0.2.1"});
    const auto port = reactor.listenTCP(80, Factory::forProtocol<Tallied<Guest>>(std::ref(server)));
    std::vector<std::unique_ptr<MemoryConnection>> connections;
    connections.reserve(4);
    const auto protocol = std::make_shared<Tallied<Guest>>(client);
    Outcome outcome;
    bool begun = false;
    const auto play = [&] {
      HostnameEndpoint endpoint(reactor, "example.com", 80);
      const auto attempt = connectProtocol(endpoint, protocol);
      begun = true;
      note(attempt, outcome);
      reactor.tcpClients.at(0)->fail(Failure(ConnectionRefusedError("refused")));
      auto connection = reactor.accept(*reactor.tcpClients.at(1), *reactor.tcpServers.at(0));
      if (connection) connection->flush();
      connections.push_back(std::move(connection));
    };
    {
      const FailingAllocation failing(nth);
      try {
        play();
      } catch (const std::bad_alloc&) {
      } catch (const std::out_of_range&) {   // there is no such attempt
      } catch (const NotConnectingError&) {  // nor is this one under way
      }
      happened = failing.happened();
    }
    for (int i = 0; i < 40; ++i) reactor.advance(1s);  // every timeout
    EXPECT_LE(outcome.fired(), 1);
    EXPECT_EQ(outcome.connected, outcome.fired() == 1 ? client.made : 0);
    EXPECT_EQ(reactor.pendingCalls(), 0u);
    EXPECT_EQ(reactor.resolver.waiting(), 0u);
    for (const auto& connection : connections) {
      if (!connection) continue;
      connection->client().loseConnection();
      connection->flush();
    }
    EXPECT_TRUE(happened || outcome.connected == 1);
  }
  EXPECT_EQ(client.lost, client.made);
  EXPECT_EQ(server.lost, server.made);
  return happened;
}

TEST(FailingEndpointAllocations, OfHappyEyeballsInMemory) {
  failEachAllocation(raceInMemory);
}

/// Answers at once.
struct InstantResolver : NameResolver {
  Deferred<std::vector<Address>> resolve(std::string, AddressFamily family) override {
    std::vector<Address> found;
    if (family == AddressFamily::ipv4) found.push_back(IPv4Address{{127, 0, 0, 1}, 0});
    return succeed(std::move(found));
  }
};

TEST(FailingEndpointAllocations, OfHappyEyeballsOverTCP) {
  failEachAllocation([](std::size_t nth) {
    Tally client, server;
    bool happened = false;
    {
      Reactor reactor(ReactorOptions{.log = &quiet(), .installSignalHandlers = false});
      reactor.startRunning();
      reactor.installNameResolver(std::make_shared<InstantResolver>());
      TCP4ServerEndpoint listening(reactor, 0, {.interface = "127.0.0.1"});
      std::shared_ptr<ListeningPort> port;
      listening.listen(Factory::forProtocol<Tallied<Echoer>>(std::ref(server)))
          .addCallback([&](std::shared_ptr<ListeningPort> opened) { port = std::move(opened); });
      Outcome outcome;
      const auto connect = [&] {
        HostnameEndpoint endpoint(reactor, "example.com", port->getHost().port(),
                                  {.timeout = 500ms});
        return connectProtocol(endpoint, std::make_shared<Tallied<Talker>>(client));
      };
      {
        const FailingAllocation failing(nth);
        int noted = 0;
        try {
          const auto attempt = connect();
          note(attempt, outcome);
          ++noted;
        } catch (const std::bad_alloc&) {
        }
        runUntil(reactor, [&] { return outcome.fired() == noted; });
        happened = failing.happened();
      }
      runUntil(reactor, [&] { return client.lost == client.made; });
      Outcome next;
      note(connect(), next);
      runUntil(reactor, [&] { return next.connected == 1 && client.lost == client.made; });
      runUntil(reactor, [&] { return server.lost == server.made; });
      EXPECT_LE(outcome.fired(), 1);
      port->stopListening();
    }
    EXPECT_EQ(client.lost, client.made);
    EXPECT_EQ(server.lost, server.made);
    return happened;
  });
}

}  // namespace
}  // namespace plait::testing
