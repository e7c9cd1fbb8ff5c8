#include <gtest/gtest.h>

#include <plait/core/client_factory.hpp>
#include <plait/core/errors.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <string>
#include <vector>

namespace plait {
namespace {

using testing::MemoryReactor;
using testing::RecordingProtocol;

struct Numbered : Protocol {
  explicit Numbered(int number) : number(number) {}
  int number;
};

TEST(ClientFactoryForProtocol, MakesProtocolsWithItsArguments) {
  std::shared_ptr<ClientFactory> factory = ClientFactory::forProtocol<Numbered>(7);
  auto protocol = factory->makeProtocol(Address());
  EXPECT_EQ(dynamic_cast<Numbered&>(*protocol).number, 7);
  EXPECT_EQ(&protocol->factory(), factory.get());
}

TEST(ClientFactoryForProtocol, TakesEveryOutcomeInItsStride) {
  MemoryReactor reactor;
  auto factory = ClientFactory::forProtocol<RecordingProtocol>();
  reactor.connectTCP("localhost", 1, factory);
  reactor.tcpClients[0]->fail(Failure(ConnectionLost()));
  EXPECT_EQ(factory->numPorts(), 0);
}

/// Notes the order of everything.
struct Story : ClientFactory {
  struct Line : Protocol {
    explicit Line(std::vector<std::string>& story) : story(story) {}
    void connectionMade() override { story.push_back("made"); }
    void connectionLost(const Failure&) override { story.push_back("lost"); }
    std::vector<std::string>& story;
  };

  void startFactory() override { story.push_back("startFactory"); }
  void stopFactory() override { story.push_back("stopFactory"); }
  void startedConnecting(Connector&) override { story.push_back("startedConnecting"); }
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    story.push_back("buildProtocol");
    return std::make_shared<Line>(story);
  }
  void clientConnectionFailed(Connector&, const Failure& why) override {
    story.push_back("failed: " + why.getErrorMessage());
  }
  void clientConnectionLost(Connector&, const Failure& why) override {
    story.push_back("clientConnectionLost: " + why.getErrorMessage());
  }

  std::vector<std::string> story;
};

TEST(ClientFactory, IsToldOfAConnectionFromItsStartToItsEnd) {
  MemoryReactor reactor;
  auto factory = std::make_shared<Story>();
  reactor.listenTCP(1, Factory::forProtocol<RecordingProtocol>());
  reactor.connectTCP("localhost", 1, factory);
  auto connection = reactor.accept(*reactor.tcpClients[0], *reactor.tcpServers[0]);
  connection->server().loseConnection();
  connection->flush();
  EXPECT_EQ(factory->story,
            (std::vector<std::string>{
                "startFactory", "startedConnecting", "buildProtocol", "made", "lost",
                "clientConnectionLost: Connection was closed cleanly.", "stopFactory"}));
}

TEST(ClientFactory, IsToldOfAnAttemptThatFailed) {
  MemoryReactor reactor;
  auto factory = std::make_shared<Story>();
  reactor.connectTCP("localhost", 1, factory)->stopConnecting();
  EXPECT_EQ(factory->story,
            (std::vector<std::string>{"startFactory", "startedConnecting",
                                      "failed: User aborted connection.", "stopFactory"}));
}

}  // namespace
}  // namespace plait
