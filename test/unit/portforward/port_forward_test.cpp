#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/portforward/port_forward.hpp>
#include <plait/testing/string_transport.hpp>

#include "../support/recorded_log.hpp"

namespace plait::testing {
namespace {

/// Connects when the test says so.
class HeldEndpoint {
 public:
  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) {
    factory_ = std::move(factory);
    Deferred<std::shared_ptr<Protocol>> result(
        [this](Deferred<std::shared_ptr<Protocol>>&) { cancelled = true; });
    result_ = result;
    return result;
  }

  std::shared_ptr<Protocol> succeed(const std::shared_ptr<Transport>& transport) {
    auto protocol = factory_->makeProtocol(transport->getPeer());
    protocol->makeConnection(transport);
    result_->callback(protocol);
    return protocol;
  }
  void fail() { result_->errback(Failure(ConnectionRefusedError("nobody is there"))); }
  bool asked() const { return result_.has_value(); }

  bool cancelled = false;

 private:
  std::shared_ptr<Factory> factory_;
  std::optional<Deferred<std::shared_ptr<Protocol>>> result_;
};

class PortForward : public ::testing::Test {
 protected:
  ~PortForward() override {  // protocols and transports hold each other until the loss
    if (serverEnd && server->connected()) lose(*serverEnd, *server, connectionDone());
    if (clientEnd && client->connected()) lose(*clientEnd, *client, connectionDone());
  }

  void acceptClient() {
    clientEnd = factory->makeProtocol(client->getPeer());
    clientEnd->makeConnection(client);
  }
  void joinBoth() {
    acceptClient();
    serverEnd = endpoint->succeed(server);
  }
  static void readEnded(Protocol& protocol) {
    dynamic_cast<HalfCloseableProtocol&>(protocol).readConnectionLost();
  }
  static void lose(Protocol& protocol, StringTransport& transport, Failure reason) {
    transport.setConnected(false);
    protocol.connectionLost(reason);
  }

  RecordedLog log;
  std::shared_ptr<HeldEndpoint> endpoint = std::make_shared<HeldEndpoint>();
  std::shared_ptr<Factory> factory = std::make_shared<PortForwardFactory>(endpoint, log.log);
  std::shared_ptr<StringTransport> client = std::make_shared<StringTransport>();
  std::shared_ptr<StringTransport> server = std::make_shared<StringTransport>();
  std::shared_ptr<Protocol> clientEnd, serverEnd;
};

TEST_F(PortForward, ReadsNothingUntilTheTargetIsConnected) {
  acceptClient();
  EXPECT_TRUE(endpoint->asked());
  EXPECT_EQ(client->reading(), StringTransport::Reading::paused);
  serverEnd = endpoint->succeed(server);
  EXPECT_EQ(client->reading(), StringTransport::Reading::producing);
}

TEST_F(PortForward, PassesBytesBothWays) {
  joinBoth();
  clientEnd->dataReceived("question");
  EXPECT_EQ(server->value(), "question");
  serverEnd->dataReceived("answer");
  EXPECT_EQ(client->value(), "answer");
}

TEST_F(PortForward, EachEndIsTheOthersProducer) {
  joinBoth();
  EXPECT_EQ(client->pushProducer(), server.get());
  EXPECT_EQ(server->pushProducer(), client.get());
}

TEST_F(PortForward, PassesAHalfCloseAndGoesOnTheOtherWay) {
  joinBoth();
  readEnded(*clientEnd);
  EXPECT_TRUE(server->writeClosed());
  EXPECT_EQ(server->pushProducer(), nullptr) << "it would be waited for";
  EXPECT_FALSE(client->writeClosed());
  serverEnd->dataReceived("late answer");
  EXPECT_EQ(client->value(), "late answer");
  readEnded(*serverEnd);
  EXPECT_TRUE(client->writeClosed());
  EXPECT_EQ(client->pushProducer(), nullptr);
}

TEST_F(PortForward, ACleanEndOfOneSideClosesTheOther) {
  joinBoth();
  lose(*serverEnd, *server, connectionDone());
  EXPECT_TRUE(client->disconnecting());
  EXPECT_FALSE(client->aborting());
  EXPECT_EQ(client->pushProducer(), nullptr);
}

TEST_F(PortForward, AResetOfOneSideResetsTheOther) {
  joinBoth();
  lose(*clientEnd, *client, Failure(ConnectionLost()));
  EXPECT_TRUE(server->aborting());
}

TEST_F(PortForward, WhatWasSaidBeforeAnEndOfFileIsDeliveredHoweverItGoesOn) {
  joinBoth();
  readEnded(*serverEnd);
  lose(*serverEnd, *server, Failure(ConnectionLost()));
  EXPECT_TRUE(client->disconnecting());
  EXPECT_FALSE(client->aborting());
}

TEST_F(PortForward, ATargetThatIsLostIsLogged) {
  joinBoth();
  lose(*serverEnd, *server, Failure(TLSVerificationError("it is somebody else")));
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].message, "the target of 192.168.1.1:54321 is lost: it is somebody else");
}

TEST_F(PortForward, TheLastEndFindsNobodyAnyMore) {
  joinBoth();
  lose(*clientEnd, *client, connectionDone());
  lose(*serverEnd, *server, connectionDone());
  EXPECT_TRUE(client->value().empty());
}

TEST_F(PortForward, ATargetThatIsDownClosesTheClientAndIsLogged) {
  acceptClient();
  endpoint->fail();
  EXPECT_TRUE(client->disconnecting());
  ASSERT_TRUE(client->reason());
  EXPECT_TRUE(client->reason()->check<ConnectionRefusedError>());
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].message, "192.168.1.1:54321 is not served: nobody is there");
}

TEST_F(PortForward, AClientThatGivesUpCancelsTheConnecting) {
  acceptClient();
  lose(*clientEnd, *client, Failure(ConnectionLost()));
  EXPECT_TRUE(endpoint->cancelled);
  EXPECT_TRUE(log.entries.empty()) << "there is nobody to be served";
}

TEST_F(PortForward, NeedsATarget) {
  EXPECT_THROW(PortForwardFactory(std::shared_ptr<HeldEndpoint>()), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
