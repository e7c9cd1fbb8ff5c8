#include <gmock/gmock.h>

#include <plait/endpoints/endpoint_parsers.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

using ::testing::HasSubstr;

struct EndpointParsersTest : EndpointTest {
  static std::string complaint(const std::function<void()>& call) {
    try {
      call();
      return "no complaint";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }
  static EndpointParsers::ServerParser onPort(std::uint16_t port) {
    return [port](ReactorCore& reactor, EndpointDescription& description, const EndpointParsers&) {
      return std::make_shared<TCP4ServerEndpoint>(
          reactorFor<ReactorTCP>(reactor, description, "TCP"), port);
    };
  }
};

TEST_F(EndpointParsersTest, TakeNewPrefixes) {
  EndpointParsers parsers;
  parsers.addServer("onion", "onion:PORT", onPort(9))
      .addClient(
          "onion", "onion:HOST",
          [](ReactorCore& reactor, EndpointDescription& description, const EndpointParsers&) {
            return std::make_shared<TCP4ClientEndpoint>(
                reactorFor<ReactorTCP>(reactor, description, "TCP"), description.require("host", 0),
                7);
          });
  successResultOf(serverFromString(reactor, "onion:", parsers)->listen(server));
  EXPECT_EQ(reactor.tcpServers.at(0)->getHost().port(), 9);
  const auto connecting = clientFromString(reactor, "onion:here", parsers)->connect(client);
  EXPECT_EQ(toString(reactor.tcpClients.at(0)->getDestination()), "here:7");
}

TEST_F(EndpointParsersTest, DoNotMindTheCaseOfAPrefix) {
  EndpointParsers parsers;
  parsers.addServer("Onion", "onion:PORT", onPort(9));
  EXPECT_TRUE(serverFromString(reactor, "oNION:", parsers));
  EXPECT_TRUE(serverFromString(reactor, "TCP6:80", parsers));
  EXPECT_TRUE(clientFromString(reactor, "TCP:a:1", parsers));
}

TEST_F(EndpointParsersTest, ReplaceWhatAPrefixMeans) {
  EndpointParsers parsers;
  parsers.addServer("tcp", "tcp:", onPort(9));
  successResultOf(parsers.server(reactor, "tcp:")->listen(server));
  EXPECT_EQ(reactor.tcpServers.at(0)->getHost().port(), 9);
  EXPECT_THROW(serverFromString(reactor, "tcp:"), std::invalid_argument) << "they are values";
}

TEST_F(EndpointParsersTest, ReachEndpointsBehindOthers) {
  EndpointParsers parsers;
  parsers.addServer("onion", "onion:PORT", onPort(9));
  const auto endpoint = serverFromString(reactor, "haproxy:onion:", parsers);
  successResultOf(endpoint->listen(server));
  EXPECT_EQ(endpoint->describe(*reactor.tcpServers.at(0)), "haproxy:tcp:0.0.0.0:9");
}

TEST_F(EndpointParsersTest, ComplainAboutUnknownPrefixesWithThoseTheyKnow) {
  EXPECT_EQ(complaint([this] { serverFromString(reactor, "ftl:x"); }),
            "bad endpoint 'ftl:x': unknown endpoint type 'ftl'; use fd:NUMBER, haproxy:ENDPOINT, "
            "stdio:, systemd:domain=INET:index=0, tcp:PORT, tcp6:PORT, unix:/PATH");
  EXPECT_EQ(complaint([this] { clientFromString(reactor, "ftl:x"); }),
            "bad endpoint 'ftl:x': unknown endpoint type 'ftl'; use hostname:HOST:PORT, "
            "process:PROGRAM:ARGUMENT..., stdio:, tcp:HOST:PORT, unix:/PATH");
  EXPECT_EQ(complaint([this] { EndpointParsers::none().server(reactor, "tcp:1"); }),
            "bad endpoint 'tcp:1': unknown endpoint type 'tcp'; there are none");
}

TEST_F(EndpointParsersTest, ComplainAboutWhatAParserLeaves) {
  EndpointParsers parsers;
  parsers.addServer("onion", "onion:PORT", onPort(9));
  EXPECT_THAT(complaint([&] { serverFromString(reactor, "onion:80", parsers); }),
              HasSubstr("'80' is one argument too many"));
  EXPECT_THAT(complaint([&] { serverFromString(reactor, "onion:x=1", parsers); }),
              HasSubstr("'onion' endpoints have no 'x'"));
}

TEST_F(EndpointParsersTest, ComplainAboutAReactorThatHasNotWhatIsNeeded) {
  struct Bare : ReactorCore {
    void run() override {}
    void stop() override {}
    bool running() const override { return false; }
    TriggerID callWhenRunning(UniqueFunction<void()>) override { return TriggerID::none; }
    void removeSystemEventTrigger(TriggerID) override {}
    void fireSystemEvent(const std::string&) override {}
    TriggerID addTrigger(TriggerPhase, std::string, EventTrigger) override {
      return TriggerID::none;
    }
  } bare;
  const std::map<std::string, std::string> servers = {
      {"tcp:80", "TCP"},
      {"tcp6:80", "TCP"},
      {"unix:/x", "UNIX sockets"},
      {"stdio:", "standard input and output"},
      {"fd:3", "sockets that others have opened"},
      {"systemd:INET:0", "sockets that others have opened"},
      {"haproxy:tcp:80", "TCP"}};
  for (const auto& [text, what] : servers) {
    EXPECT_THAT(complaint([&] { serverFromString(bare, text); }),
                HasSubstr("this reactor has no " + what));
  }
  for (const char* text :
       {"tcp:a:1", "tcp:127.0.0.1:1", "hostname:a:1", "unix:/x", "stdio:", "process:x"}) {
    EXPECT_THAT(complaint([&] { clientFromString(bare, text); }),
                HasSubstr("this reactor has no "));
  }
}

}  // namespace
}  // namespace plait::testing
