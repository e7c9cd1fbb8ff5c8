#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <plait/core/errors.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/logged_errors.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>

#include "../../support/recorded_log.hpp"

namespace plait::testing {

/// Tells what it sees when it is connected.
struct Greeting : RecordingProtocol {
  void connectionMade() override {
    RecordingProtocol::connectionMade();
    peer = toString(transport().getPeer());
    host = toString(transport().getHost());
    if (throws) throw std::runtime_error("no greeting");
    if (!greeting.empty()) transport().write(greeting);
  }

  std::string peer, host;
  Bytes greeting;
  bool throws = false;
};

/// Makes Greetings, and keeps them.
struct GreetingFactory : Factory {
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    addresses.push_back(toString(address));
    if (whenBuilding) whenBuilding();
    if (refuse) return nullptr;
    protocols.push_back(std::make_shared<Greeting>());
    protocols.back()->greeting = greeting;
    protocols.back()->throws = protocolThrows;
    return protocols.back();
  }
  void startFactory() override { ++starts; }
  void stopFactory() override { ++stops; }

  std::vector<std::string> addresses;
  std::vector<std::shared_ptr<Greeting>> protocols;
  std::function<void()> whenBuilding;
  Bytes greeting;
  bool refuse = false;
  bool protocolThrows = false;
  int starts = 0;
  int stops = 0;
};

/// Endpoints on a MemoryReactor.
struct EndpointTest : ::testing::Test {
  using Protocols = Deferred<std::shared_ptr<Protocol>>;

  ~EndpointTest() override {  // protocols and factories hold each other here
    server->protocols.clear();
    client->protocols.clear();
  }

  void TearDown() override {
    for (const Failure& failure : errors.flush()) {
      ADD_FAILURE() << "unhandled: " << failure.getErrorMessage();
    }
  }

  /// Listens on TCP, for clients to be accepted by.
  MemoryPort& listen() {
    reactor.listenTCP(80, server, {.interface = "192.0.2.1"});
    return *reactor.tcpServers.back();
  }
  /// Accepts the attempt begun last.
  MemoryConnection& accept() { return accept(*reactor.tcpClients.back()); }
  MemoryConnection& accept(MemoryConnector& connector) {
    MemoryPort& port = reactor.tcpServers.empty() ? listen() : *reactor.tcpServers.back();
    connections.push_back(reactor.accept(connector, port));
    return *connections.back();
  }
  void refuse(MemoryConnector& connector, std::errc why = std::errc::connection_refused) {
    connector.fail(
        Failure(getConnectError(std::make_error_code(why), toString(connector.getDestination()))));
  }

  RecordedLog log;
  LoggedErrors errors;
  MemoryReactor reactor{log.log};
  std::shared_ptr<GreetingFactory> server = std::make_shared<GreetingFactory>();
  std::shared_ptr<GreetingFactory> client = std::make_shared<GreetingFactory>();
  std::vector<std::unique_ptr<MemoryConnection>> connections;
};

using State = MemoryConnector::State;

}  // namespace plait::testing
