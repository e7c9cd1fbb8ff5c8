#include "support/faulty_world.hpp"

#include <filesystem>

namespace plait::testing {

void FaultyWorld::play(const Scenario& scenario) {
  try {
    reactor = std::make_unique<Reactor>(
        ReactorOptions{.log = &captured.log, .installSignalHandlers = false});
    reactor->startRunning();
    scenario(*this);
  } catch (...) {
    thrown = Failure();
  }
}

bool FaultyWorld::runUntil(const std::function<bool()>& condition) {
  try {
    return plait::testing::runUntil(*reactor, condition);
  } catch (...) {
    ADD_FAILURE() << "out of the loop came: " << Failure().getErrorMessage();
    return false;
  }
}

void FaultyWorld::runUntilOver() {
  runUntil([&] {
    if (client->failures + client->losses < connects) return false;
    for (const auto& factory : {server, client}) {
      for (const auto& connection : factory->connections) {
        if (connection->made != connection->lost) return false;
      }
    }
    return true;
  });
}

std::shared_ptr<ListeningPort> FaultyWorld::listenTCP() {
  port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  return port;
}

void FaultyWorld::connectTCP() {
  reactor->connectTCP("127.0.0.1", port->getHost().port(), client);
  ++connects;
}

void FaultyWorld::expectOneEnd(const ScriptedFactory& factory) {
  for (const auto& connection : factory.connections) {
    EXPECT_LE(connection->made, 1);
    EXPECT_EQ(connection->lost, connection->made);
    if (!connection->reason) continue;
    EXPECT_TRUE(connection->lostWith<ConnectionClosed>()) << connection->reason->typeName();
    EXPECT_NE(connection->reason->getErrorMessage(), "");
  }
}

void FaultyWorld::expectOrder() {
  expectOneEnd(*server);
  expectOneEnd(*client);
  EXPECT_EQ(client->failures + client->losses, connects);
  if (client->failed) {
    EXPECT_TRUE(client->failed->check<ConnectError>()) << client->failed->typeName();
  }
}

void FaultyWorld::expectToServe() {
  const auto echo = ScriptedFactory::make();
  echo->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  const auto guest = ScriptedFactory::make();
  guest->script.made = [](Connection& c) { c.transport->write("ping"); };
  const auto other = reactor->listenTCP(0, echo, {.interface = "127.0.0.1"});
  reactor->connectTCP("127.0.0.1", other->getHost().port(), guest);
  runUntil([&] { return guest->connected() && guest->last().received == "ping"; });
  if (!port) return;
  // Whoever comes now is served, also by the port that was there before.
  const std::size_t before = server->connections.size();
  reactor->connectTCP("127.0.0.1", port->getHost().port(), guest);
  runUntil([&] { return server->connections.size() > before; });
}

std::size_t openDescriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

}  // namespace plait::testing
