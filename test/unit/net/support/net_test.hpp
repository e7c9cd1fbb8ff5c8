#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/errors.hpp>

#include "../../support/pattern.hpp"
#include "support/captured_log.hpp"
#include "support/raw_peer.hpp"
#include "support/run_until.hpp"
#include "support/scripted_protocol.hpp"

namespace plait::testing {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

inline constexpr std::size_t kMegabyte = 1000 * 1000;

/// A reactor with a captured log, started, and run step by step by `runUntil`.
class NetTest : public ::testing::Test {
 protected:
  NetTest() { reactor.startRunning(); }

  std::shared_ptr<ListeningPort> listen(std::shared_ptr<Factory> factory,
                                        TransportOptions transport = {}) {
    return reactor.listenTCP(0, std::move(factory),
                             {.interface = "127.0.0.1", .transport = transport});
  }
  std::shared_ptr<Connector> connect(const std::shared_ptr<ListeningPort>& port,
                                     std::shared_ptr<ClientFactory> factory,
                                     ConnectOptions options = {}) {
    return reactor.connectTCP("127.0.0.1", port->getHost().port(), std::move(factory), options);
  }
  template <class Condition>
  bool runUntil(Condition condition) {
    return plait::testing::runUntil(reactor, condition);
  }
  void runWhatIsReady() { plait::testing::runWhatIsReady(reactor); }

  CapturedLog captured;
  Events events;
  // On a loaded machine anything may take long.
  Reactor reactor{ReactorOptions{
      .log = &captured.log, .stallLimit = Duration::zero(), .installSignalHandlers = false}};
};

/// NetTest with a server whose protocols follow `server->script`, and a raw client of it.
class ServerTest : public NetTest {
 protected:
  /// A new connection: the raw end is returned, the served one is `server->last()`.
  RawPeer connectRaw(int receiveBuffer = 0) {
    const std::size_t before = server->connections.size();
    RawPeer peer(port->getHost(), receiveBuffer);
    runUntil([&] { return server->connections.size() > before && server->last().made > 0; });
    return peer;
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> port = listen(server);
};

}  // namespace plait::testing
