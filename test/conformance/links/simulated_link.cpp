#include <gtest/gtest.h>

#include <plait/testing/simulated_network.hpp>

#include "single_factory.hpp"

namespace plait::testing {

namespace {

using namespace std::chrono_literals;

/// How long something may take, in virtual time.
constexpr Duration kVirtualPatience = 600s;

/// Two hosts of a simulated network.
class SimulatedNetworkLink final : public Link {
 public:
  SimulatedNetworkLink(Log& log, Wrapping wrapping, const LinkOptions& options)
      : wrapping_(std::move(wrapping)) {
    network_.emplace(1, log);
    network_->setDefaultLink(options);
    server_ = &network_->addHost("server");
    client_ = &network_->addHost("client");
  }

  void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
               const TransportOptions& options) override {
    const FactoryPair factories(std::move(server), std::move(client), wrapping_);
    const auto port = server_->listenTCP(0, factories.server, {.transport = options});
    client_->connectTCP(server_->address().host(), port->getHost().port(), factories.client,
                        {.transport = options});
    runUntil([&] { return factories.done(); });
  }

  bool runUntil(const std::function<bool()>& condition) override {
    const bool holds = network_->runUntil([&] { return condition(); }, kVirtualPatience);
    EXPECT_TRUE(holds) << "what the test waits for has not come";
    return holds;
  }

  /// What the network has under way comes soon; what waits for a time-out does not.
  void settle() override { network_->runFor(500ms); }
  void pass(Duration duration) override { network_->runFor(duration); }
  void destroy() override { network_.reset(); }

 private:
  Wrapping wrapping_;
  std::optional<SimulatedNetwork> network_;
  SimulatedHost* server_;
  SimulatedHost* client_;
};

}  // namespace

std::unique_ptr<Link> makeSimulatedLink(Log& log, Wrapping wrapping) {
  return std::make_unique<SimulatedNetworkLink>(log, std::move(wrapping),
                                                LinkOptions{.latency = 10us});
}

/// What is small comes whole, as the scenarios count on.
std::unique_ptr<Link> makeRoughLink(Log& log, Wrapping wrapping) {
  return std::make_unique<SimulatedNetworkLink>(log, std::move(wrapping),
                                                LinkOptions{.latency = 10us,
                                                            .jitter = 50us,
                                                            .sendBuffer = 10'000,
                                                            .receiveBuffer = 7'000,
                                                            .segmentSize = 6'000,
                                                            .coalescing = 0.5});
}

}  // namespace plait::testing
