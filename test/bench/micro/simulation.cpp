#include <benchmark/benchmark.h>

#include <plait/echo/echo.hpp>
#include <plait/testing/simulated_network.hpp>

/// What the simulated network costs: how many things happen in a second on one core.
namespace {

using namespace plait;
using namespace plait::testing;
using namespace std::chrono_literals;

/// Sends a message back and forth.
class PingPong : public Protocol {
 public:
  void connectionMade() override { transport().write(Bytes(64, 'x')); }
  void dataReceived(BytesView data) override { transport().write(data); }
};

/// So many connections that play ping-pong with an echo; counts events.
void simulation(benchmark::State& state) {
  SimulatedNetwork network(1);
  SimulatedHost& server = network.addHost("server");
  SimulatedHost& client = network.addHost("client");
  network.setLink(server, client, {.latency = 1ms, .jitter = 1ms});
  server.listenTCP(7, Factory::forProtocol<Echo>());
  const auto factory = ClientFactory::forProtocol<PingPong>();
  for (int i = 0; i < state.range(0); ++i) client.connectTCP("server", 7, factory);
  network.runFor(1s);
  const std::uint64_t before = network.events();
  for (auto _ : state) network.runFor(10ms);
  state.SetItemsProcessed(static_cast<std::int64_t>(network.events() - before));
}
BENCHMARK(simulation)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
