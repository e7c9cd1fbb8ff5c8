#include <plait/echo/echo.hpp>

#include "../support/connection_watch.hpp"
#include "../support/stream_check.hpp"
#include "all_scenarios.hpp"

/// Hosts crash and come back, ways between them are cut and mended, connections are reset, servers
/// stopped; clients connect again and again. What each connection is told, and what has come of its
/// bytes, must still be right; and when all is mended, nothing is left.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 7;

/// Sends now and then, and checks what comes back, as far as it comes.
class Client : public Protocol {
 public:
  explicit Client(Run& run)
      : run_(run), stream_(run, "what the echo sends back"), left_(1 + run.random.below(20)) {}

  void connectionMade() override {
    if (run_.random.chance(0.5)) transport().setTcpKeepAlive(true);
    send();
  }
  void dataReceived(BytesView data) override { stream_.received(data); }
  void connectionLost(const Failure&) override { next_.cancelIfActive(); }

 private:
  void send() {
    if (left_-- == 0) return transport().loseConnection();
    transport().write(stream_.next(run_.random.below(20'000)));
    next_ = transport().clock().callLater(run_.random.upTo(1min), [this] { send(); });
  }

  Run& run_;
  StreamCheck stream_;
  std::uint64_t left_;
  DelayedCall next_;
};

/// Both ends of all connections there were.
using Ends = std::vector<std::weak_ptr<Protocol>>;

/// Connects again when it has lost its connection, some time later, until that is enough.
class Clients : public ClientFactory {
 public:
  Clients(Run& run, testing::SimulatedHost& host, Ends& ends)
      : run_(run), host_(host), ends_(ends) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    auto client = std::make_shared<WatchedStream<Client>>(run_.watch("a client"), run_);
    ends_.push_back(client);
    return client;
  }
  void clientConnectionFailed(Connector& connector, const Failure&) override { again(connector); }
  void clientConnectionLost(Connector& connector, const Failure&) override { again(connector); }

 private:
  void again(Connector& connector) {
    if (--attempts_ <= 0 || !host_.running()) return;
    host_.callLater(run_.random.upTo(1min),
                    [connector = connector.shared_from_this()] { connector->connect(); });
  }

  Run& run_;
  testing::SimulatedHost& host_;
  Ends& ends_;
  int attempts_ = 20;
};

class Servers : public Factory {
 public:
  Servers(Run& run, Ends& ends) : run_(run), ends_(ends) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    auto server = std::make_shared<WatchedStream<Echo>>(run_.watch("the echo"));
    ends_.push_back(server);
    return server;
  }

 private:
  Run& run_;
  Ends& ends_;
};

/// Two hosts, and what becomes of them.
struct World {
  explicit World(Run& run)
      : run(run), server(run.network.addHost("server")), client(run.network.addHost("client")) {}

  void start() {
    if (!server.running()) server.startRunning();
    server.listenTCP(kPort, std::make_shared<Servers>(run, ends));
  }
  void connect(int connections) {
    const auto clients = std::make_shared<Clients>(run, client, ends);
    while (connections-- > 0) client.connectTCP("server", kPort, clients);
  }
  void goWrong();
  void mend();
  /// Nobody waits for ever to get rid of what it has to say.
  void expectNobodyWaits() const;

  Run& run;
  testing::SimulatedHost& server;
  testing::SimulatedHost& client;
  Ends ends;
};

void World::goWrong() {
  testing::SimulatedNetwork& network = run.network;
  switch (run.random.below(6)) {
    case 0:
      return network.partition(server, client);
    case 1:
      return network.hold(server, client);
    case 2:
      return network.resetConnections(server, client);
    case 3:
      network.crash(server);
      if (run.random.chance(0.5)) {
        network.restart(server);
        start();
      }
      return;
    case 4:
      if (server.running()) server.stop();
      return;
    default:
      network.crash(client);
      network.restart(client);
      return connect(3);
  }
}

void World::mend() {
  run.network.repair(server, client);
  run.network.release(server, client);
  run.network.restart(server);
  run.network.runFor(10s);  // a stop has ended by then
  if (run.network.leftovers().find("server: a listener") == std::string::npos) start();
}

void World::expectNobodyWaits() const {
  for (const auto& end : ends) {
    const auto open = end.lock();
    if (!open || !open->transport().connected()) continue;
    run.expect(open->transport().bufferedBytes() == 0, "{} bytes wait for ever",
               open->transport().bufferedBytes());
  }
}

}  // namespace

void faults(Run& run) {
  World world(run);
  run.network.setLink(world.server, world.client, testing::roughLink(run.random));
  world.start();
  world.connect(3);
  for (std::uint64_t n = 1 + run.random.below(10); n > 0; --n) {
    run.network.runFor(run.random.upTo(5min));
    world.goWrong();
    run.network.runFor(run.random.upTo(run.random.chance(0.2) ? 2h : 2min));
    world.mend();
  }
  run.network.runFor(5h);
  world.server.stop();
  run.network.runFor(1h);  // who is silent has been given up by then
  world.expectNobodyWaits();
  // Half open, and with nothing to say: nobody would ever find out.
  run.network.resetConnections(world.server, world.client);
}

}  // namespace plait::sim
