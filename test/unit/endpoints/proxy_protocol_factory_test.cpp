#include <fmt/format.h>

#include <plait/endpoints/proxy_protocol_factory.hpp>

#include "../support/split_feed.hpp"
#include "support/endpoint_test.hpp"
#include "support/proxy_bytes.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// A proxy and a server, connected in memory.
struct ProxyProtocolFactoryTest : EndpointTest {
  std::shared_ptr<ProxyProtocolFactory> proxied(ProxyProtocolOptions options = {}) {
    return std::make_shared<ProxyProtocolFactory>(server, options);
  }

  MemoryConnection& connect(const std::shared_ptr<ProxyProtocolFactory>& factory) {
    proxy = std::make_shared<RecordingProtocol>();
    connections.push_back(std::make_unique<MemoryConnection>(
        reactor, factory->makeProtocol(kProxyAddress), proxy,
        MemoryConnection::Options{
            .client = kProxyAddress, .server = IPv4Address{{8, 8, 8, 8}, 2}, .log = &log.log}));
    return *connections.back();
  }
  /// Sends the chunks, each of which arrives as one.
  void send(const Chunks& chunks) {
    for (const Bytes& chunk : chunks) {
      if (!proxy->connected()) return;
      proxy->transport().write(chunk);
      connections.back()->flush();
    }
  }
  Greeting& served() { return *server->protocols.at(server->protocols.size() - 1); }

  std::size_t warnings() const {
    std::size_t count = 0;
    for (const auto& entry : log.entries) count += entry.level >= LogLevel::warn;
    return count;
  }

  const Address kProxyAddress = IPv4Address{{9, 9, 9, 9}, 1};
  std::shared_ptr<RecordingProtocol> proxy;
};

TEST_F(ProxyProtocolFactoryTest, ConnectsTheProtocolToTheClientBehindTheProxy) {
  const auto factory = proxied();
  const Bytes stream = "PROXY TCP4 1.1.1.1 2.2.2.2 8080 8888\r\nGET /";
  forEverySplit(stream, [&](const Chunks& chunks) {
    connect(factory);
    send(chunks);
    EXPECT_EQ(served().peer, "1.1.1.1:8080");
    EXPECT_EQ(served().host, "2.2.2.2:8888");
    EXPECT_EQ(served().made, 1);
    EXPECT_EQ(served().data, "GET /");
    EXPECT_EQ(server->addresses.back(), "1.1.1.1:8080");
  });
  EXPECT_EQ(warnings(), 0u);
}

TEST_F(ProxyProtocolFactoryTest, ReadsVersion2) {
  const auto factory = proxied();
  forEverySplit(proxyV2("21 11", kProxyIPv4) + "GET /", [&](const Chunks& chunks) {
    connect(factory);
    send(chunks);
    EXPECT_EQ(served().peer, "127.0.0.1:8080");
    EXPECT_EQ(served().host, "127.0.0.2:8888");
    EXPECT_EQ(served().data, "GET /");
  });
}

TEST_F(ProxyProtocolFactoryTest, PassesOnAllThatComesLater) {
  connect(proxied());
  send({"PROXY TCP6 ::1 ::2 ", "8080 8888\r\nHTTP", "more"});
  EXPECT_EQ(served().data, "HTTPmore");
  EXPECT_EQ(served().peer, "[::1]:8080");
  EXPECT_EQ(served().host, "[::2]:8888");
}

TEST_F(ProxyProtocolFactoryTest, KeepsTheAddressesOfAnUnknownConnection) {
  for (const Bytes& header : {Bytes("PROXY UNKNOWN\r\n"), Bytes("PROXY UNKNOWN foo\r\n"),
                              proxyV2("20 00", ""), proxyV2("20 11", kProxyIPv4)}) {
    connect(proxied());
    send({header + "hi"});
    EXPECT_EQ(served().data, "hi");
    EXPECT_EQ(served().peer, "9.9.9.9:1");
    EXPECT_EQ(served().host, "8.8.8.8:2");
    EXPECT_EQ(server->addresses.back(), "9.9.9.9:1");
  }
}

TEST_F(ProxyProtocolFactoryTest, ConnectsAProtocolThatSpeaksFirst) {
  server->greeting = "220 hello";
  connect(proxied());
  EXPECT_EQ(proxy->data, "") << "not before the header";
  send({"PROXY UNKNOWN\r\n"});
  EXPECT_EQ(proxy->data, "220 hello");
}

TEST_F(ProxyProtocolFactoryTest, ClosesWhatSendsNoHeader) {
  connect(proxied());
  send({"GET / HTTP/1.1\r\n\r\n"});
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(proxy->data, "");
  EXPECT_TRUE(server->protocols.empty());
  ASSERT_EQ(warnings(), 1u);
  EXPECT_EQ(log.entries.back().message,
            "connection from 9.9.9.9:1 closed: bad PROXY header: it is none");
}

TEST_F(ProxyProtocolFactoryTest, ClosesWhatSendsABadHeader) {
  connect(proxied());
  send({"PROXY TCP4 1.1.1.1 2.2.2.2 99999 2\r\n"});
  EXPECT_TRUE(connections.back()->over());
  EXPECT_TRUE(server->protocols.empty());
}

TEST_F(ProxyProtocolFactoryTest, DoesNotFloodTheLog) {
  const auto factory = proxied();
  const auto attack = [&] {
    connect(factory);
    send({"x"});
    EXPECT_TRUE(connections.back()->over());
  };
  for (int i = 0; i < 10; ++i) attack();
  EXPECT_EQ(warnings(), 1u);
  reactor.advance(1min);
  attack();
  EXPECT_EQ(warnings(), 2u);
  EXPECT_EQ(log.entries.back().message,
            "connection from 9.9.9.9:1 closed: bad PROXY header: it is none (and 9 more since the "
            "last line)");
}

TEST_F(ProxyProtocolFactoryTest, ClosesWhatIsSilentForTooLong) {
  connect(proxied());
  send({"PROXY TC"});
  reactor.advance(5s - 1ns);
  connections.back()->flush();
  EXPECT_TRUE(proxy->connected());
  reactor.advance(1ns);
  connections.back()->flush();
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(log.entries.back().message,
            "connection from 9.9.9.9:1 closed: bad PROXY header: none came within 5 s");
}

TEST_F(ProxyProtocolFactoryTest, HasADeadlineForTheHeaderOnly) {
  connect(proxied({.headerTimeout = 1s}));
  send({"PROXY UNKNOWN\r\n"});
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  reactor.advance(1h);
  connections.back()->flush();
  EXPECT_TRUE(proxy->connected());
}

TEST_F(ProxyProtocolFactoryTest, WaitsForEverWithoutADeadline) {
  connect(proxied({.headerTimeout = 0s}));
  EXPECT_EQ(reactor.pendingCalls(), 0u);
}

TEST_F(ProxyProtocolFactoryTest, ForgetsAConnectionThatIsLostBeforeItsHeader) {
  connect(proxied());
  send({"PROXY"});
  proxy->transport().loseConnection();
  connections.back()->flush();
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  EXPECT_TRUE(server->protocols.empty());
  EXPECT_EQ(warnings(), 0u) << "as a port scan does";
}

TEST_F(ProxyProtocolFactoryTest, ClosesWhenTheFactoryRefuses) {
  server->refuse = true;
  connect(proxied());
  send({"PROXY UNKNOWN\r\n"});
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(warnings(), 0u);
}

TEST_F(ProxyProtocolFactoryTest, LosesTheConnectionWhenTheFactoryThrows) {
  server->whenBuilding = [] { throw std::runtime_error("no room"); };
  connect(proxied());
  send({"PROXY UNKNOWN\r\n"});
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(log.failures(), std::vector<std::string>{"no room"});
}

TEST_F(ProxyProtocolFactoryTest, LosesTheConnectionWhenConnectionMadeThrows) {
  server->protocolThrows = true;
  connect(proxied());
  send({"PROXY UNKNOWN\r\nunread"});
  EXPECT_TRUE(connections.back()->over());
  EXPECT_EQ(served().lost, 1);
  EXPECT_TRUE(served().reason->check<std::runtime_error>());
  EXPECT_EQ(served().data, "");
  EXPECT_EQ(log.failures(), std::vector<std::string>{"no greeting"});
}

TEST_F(ProxyProtocolFactoryTest, TellsTheProtocolOfTheLoss) {
  connect(proxied());
  send({"PROXY UNKNOWN\r\nlast words"});
  proxy->transport().loseConnection();
  connections.back()->flush();
  EXPECT_EQ(served().data, "last words");
  EXPECT_EQ(served().lost, 1);
  EXPECT_TRUE(served().reason->check<ConnectionDone>());
}

TEST_F(ProxyProtocolFactoryTest, HoldsWhatCameWithTheHeaderWhileTheProtocolPauses) {
  struct Pausing : Greeting {
    void connectionMade() override {
      Greeting::connectionMade();
      transport().pauseProducing();
    }
  };
  struct Factory : GreetingFactory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override {
      protocols.push_back(std::make_shared<Pausing>());
      return protocols.back();
    }
  };
  server = std::make_shared<Factory>();
  connect(proxied());
  send({"PROXY UNKNOWN\r\nearly"});
  EXPECT_EQ(served().data, "");
  served().transport().resumeProducing();
  connections.back()->flush();
  EXPECT_EQ(served().data, "early");
}

TEST_F(ProxyProtocolFactoryTest, TellsAListenerAllThatTheHeaderSays) {
  struct Listening : Greeting, ProxyHeaderListener {
    void proxyHeaderReceived(const ProxyHeader& header) override {
      EXPECT_EQ(made, 0);
      authority = *header.tlv(ProxyTLV::authority);
    }
    Bytes authority;
  };
  struct Factory : GreetingFactory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override {
      last = std::make_shared<Listening>();
      return last;
    }
    std::shared_ptr<Listening> last;
  };
  const auto listening = std::make_shared<Factory>();
  connect(std::make_shared<ProxyProtocolFactory>(listening));
  send({proxyV2("21 11", kProxyIPv4 + hex("02 0003") + "abc")});
  EXPECT_EQ(listening->last->authority, "abc");
  EXPECT_EQ(listening->last->made, 1);
  listening->last.reset();
}

TEST_F(ProxyProtocolFactoryTest, ReadsAHeaderBehindAHeader) {
  const auto inner = proxied();
  connect(std::make_shared<ProxyProtocolFactory>(inner));
  send({"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY TCP4 3.3.3.3 4.4.4.4 3 4\r\nx"});
  EXPECT_EQ(served().peer, "3.3.3.3:3");
  EXPECT_EQ(served().data, "x");
}

TEST_F(ProxyProtocolFactoryTest, StartsAndStopsTheFactory) {
  const auto factory = proxied();
  factory->doStart();
  EXPECT_EQ(server->starts, 1);
  factory->doStop();
  EXPECT_EQ(server->stops, 1);
}

}  // namespace
}  // namespace plait::testing
