#include "support/faulty_world.hpp"

#include <algorithm>
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
  runUntil([this] { return isOver(); });
}

bool FaultyWorld::isOver() const {
  if (client->failures + client->losses < connects) return false;
  for (const auto& factory : {server, client}) {
    for (const auto& connection : factory->connections) {
      if (connection->made != connection->lost) return false;
    }
  }
  return std::all_of(children.begin(), children.end(),
                     [](const auto& child) { return child->made == child->ends; });
}

// --- What a scenario does --------------------------------------------------------------

std::shared_ptr<ListeningPort> FaultyWorld::listenOnLoopback(std::shared_ptr<Factory> factory) {
  if (aroundServer) factory = aroundServer(std::move(factory));
  return reactor->listenTCP(0, std::move(factory), {.interface = "127.0.0.1"});
}

void FaultyWorld::connectToLoopback(const ListeningPort& to,
                                    std::shared_ptr<ClientFactory> factory) {
  if (aroundClient) factory = aroundClient(std::move(factory));
  reactor->connectTCP("127.0.0.1", to.getHost().port(), std::move(factory));
}

std::shared_ptr<ListeningPort> FaultyWorld::listenTCP() {
  port = listenOnLoopback(server);
  return port;
}

void FaultyWorld::connectTCP() {
  connectToLoopback(*port, client);
  ++connects;
}

std::shared_ptr<Child> FaultyWorld::spawn(const std::string& command, ProcessScript script,
                                          ProcessOptions options) {
  auto child = std::make_shared<Child>();
  children.push_back(child);
  options.args = {"sh", "-c", command};
  child->transport = reactor->spawnProcess(
      std::make_shared<ScriptedProcess>(child, std::move(script)), "/bin/sh", std::move(options));
  return child;
}

void FaultyWorld::scriptEcho(const Bytes& text) {
  server->halfCloseable = true;
  server->script.made = [](Connection& c) { c.transport->registerProducer(*c.transport); };
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  server->script.readLost = [](Connection& c) { c.transport->loseConnection(); };
  client->halfCloseable = true;
  client->script.made = [text](Connection& c) {
    c.transport->write(text);
    c.transport->loseWriteConnection();
  };
  client->script.readLost = [](Connection& c) { c.transport->loseConnection(); };
}

// --- What is looked at -----------------------------------------------------------------

void FaultyWorld::expectEchoed(const Bytes& text) {
  for (const auto& connection : client->connections) {
    EXPECT_EQ(connection->received, text.substr(0, connection->received.size()));
    const bool cleanAtBothEnds = connection->lostWith<ConnectionDone>() &&
                                 !server->connections.empty() &&
                                 server->last().lostWith<ConnectionDone>();
    if (!cleanAtBothEnds) continue;
    EXPECT_EQ(connection->received.size(), text.size());
  }
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

/// A child whose start was thrown about is told of nothing.
void FaultyWorld::expectOneEnd(const Child& child) {
  EXPECT_LE(child.made, 1);
  EXPECT_EQ(child.exits, child.made);
  EXPECT_EQ(child.ends, child.made);
  if (child.made == 0) {
    EXPECT_TRUE(child.events.empty());
    return;
  }
  EXPECT_EQ(child.events.back(), "ended");
  if (!child.ended) return;
  EXPECT_TRUE(child.ended->check<ConnectionClosed>()) << child.ended->typeName();
}

void FaultyWorld::expectOrder() {
  expectOneEnd(*server);
  expectOneEnd(*client);
  for (const auto& child : children) expectOneEnd(*child);
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
  const auto other = listenOnLoopback(echo);
  connectToLoopback(*other, guest);
  runUntil([&] { return guest->connected() && guest->last().received == "ping"; });
  if (!children.empty()) {
    const auto child = spawn("echo here");
    runUntil([&] { return child->ended.has_value(); });
    EXPECT_EQ(child->out, "here\n");
  }
  if (!port) return;
  // Whoever comes now is served, also by the port that was there before.
  const std::size_t before = server->connections.size();
  connectToLoopback(*port, guest);
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
