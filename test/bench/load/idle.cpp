#include "load/idle.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "load/connection.hpp"
#include "load/messages.hpp"
#include "load/phase.hpp"
#include "load/poller.hpp"
#include "load/server_process.hpp"

namespace bench {
namespace {

constexpr int kMomentsToAccept = 250;  // of waitUntilAsleep()

// One after the other: so that none costs the server more than it needs for itself.
void roundTrip(Connection& connection, Messages& messages, double timeout) {
  connection.batch().clear();
  messages.append(connection.batch());
  Poller poller(timeout);
  poller.add(connection);
  if (!connection.begin()) throw std::runtime_error("a fresh connection takes no bytes");
  std::vector<char> scratch(connection.batch().size() + 1);
  for (bool complete = false; !complete;) {
    poller.poll([&](Connection&, std::uint32_t) { complete = connection.receive(scratch); });
  }
}

void awaitAccepted(const ServerProcess& server, std::size_t descriptors) {
  for (int i = 0; server.descriptors() < descriptors; ++i) {
    if (i == kMomentsToAccept) {
      throw std::runtime_error(
          fmt::format("the server has {} descriptors, not {}", server.descriptors(), descriptors));
    }
    waitUntilAsleep();
  }
  waitUntilAsleep();
}

double perConnection(std::uint64_t now, std::uint64_t before, std::size_t connections) {
  return (static_cast<double>(now) - static_cast<double>(before)) /
         static_cast<double>(connections);
}

}  // namespace

IdleCost measureIdle(const Options& options) {
  const ServerProcess server(options.serverPid);
  Messages messages(options.mode, options.size);
  // What the first connection costs once is none of the others' business.
  auto first = std::make_unique<Connection>(options);
  roundTrip(*first, messages, options.timeout);
  waitUntilAsleep();
  const std::uint64_t memory = server.anonymousBytes();
  const std::size_t descriptors = server.descriptors();

  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(options, i));
  }
  awaitAccepted(server, descriptors + options.connections);
  IdleCost cost;
  cost.bytesConnected = perConnection(server.anonymousBytes(), memory, options.connections);

  for (const auto& each : connections) roundTrip(*each, messages, options.timeout);
  waitUntilAsleep();
  cost.bytesAfterRoundTrip = perConnection(server.anonymousBytes(), memory, options.connections);

  const std::uint64_t cpu = server.cpuNanoseconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  cost.cpuNanosecondsPerSecond =
      static_cast<double>(server.cpuNanoseconds() - cpu) / options.seconds;
  return cost;
}

}  // namespace bench
