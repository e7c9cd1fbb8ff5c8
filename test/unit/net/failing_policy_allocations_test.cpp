#include <plait/core/errors.hpp>
#include <plait/policies/limit_connection_rate.hpp>
#include <plait/policies/limit_connections_by_peer.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/metrics_factory.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <plait/policies/text_traffic_log.hpp>
#include <plait/policies/throttling_factory.hpp>
#include <plait/policies/timeout_factory.hpp>
#include <plait/policies/traffic_logging_factory.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/memory_transport.hpp>

#include "support/short_of_memory.hpp"

/// The same for a server behind policies, each alone and all together: whatever fails, a connection
/// that has ended takes no place from the next, and is told of its end once.
namespace plait::testing {
namespace {

using namespace std::chrono_literals;

const Address kPeer = IPv4Address{{192, 0, 2, 1}, 4711};

/// A server behind policies and clients, in memory.
class Guarded {
 public:
  using Policy = std::function<std::shared_ptr<Factory>(Guarded&, std::shared_ptr<Factory>)>;

  explicit Guarded(Policy policy) : policy_(std::move(policy)) {}

  /// A client connects and is served to the end; false when it was refused. What is thrown on the
  /// way is for the caller.
  bool serveOne() {
    if (!factory_) {
      factory_ = policy_(*this, Factory::forProtocol<Tallied<Echoer>>(std::ref(served)));
    }
    auto server = factory_->makeProtocol(kPeer);
    if (!server) return false;
    auto client = std::make_shared<Tallied<Talker>>(connected);
    connections_.push_back(nullptr);
    connections_.back() = std::make_unique<MemoryConnection>(
        clock, std::move(server), std::move(client),
        MemoryConnection::Options{.client = kPeer, .log = &quiet()});
    runToTheEnd();
    return true;
  }
  void runToTheEnd() {
    for (int i = 0; i < 100 && (served.made != served.lost || connected.made != connected.lost);
         ++i) {
      for (const auto& each : connections_) {
        if (each) each->flush();
      }
      clock.advance(50ms);
    }
  }
  void forgetConnections() { connections_.clear(); }

  Clock clock;
  Tally served, connected;
  std::shared_ptr<ConnectionLimit> total = std::make_shared<ConnectionLimit>(1);
  std::shared_ptr<PeerConnectionLimit> byPeer = std::make_shared<PeerConnectionLimit>(1);
  std::shared_ptr<MetricsRegistry> registry = std::make_shared<MetricsRegistry>();

 private:
  Policy policy_;
  std::shared_ptr<Factory> factory_;
  std::vector<std::unique_ptr<MemoryConnection>> connections_;
};

void failEachAllocationBehind(const Guarded::Policy& policy) {
  failEachAllocation([&](std::size_t nth) {
    Guarded guarded(policy);
    bool happened = false;
    {
      const FailingAllocation failing(nth);
      try {
        guarded.serveOne();
      } catch (const std::bad_alloc&) {
      }
      happened = failing.happened();
    }
    guarded.runToTheEnd();
    EXPECT_EQ(guarded.served.lost, guarded.served.made);
    EXPECT_EQ(guarded.connected.lost, guarded.connected.made);
    guarded.forgetConnections();
    EXPECT_EQ(guarded.total->count(), 0u);
    EXPECT_EQ(guarded.byPeer->count(kPeer), 0u);

    const int before = guarded.served.made;
    EXPECT_TRUE(guarded.serveOne()) << "a place is gone for ever";
    EXPECT_EQ(guarded.served.made, before + 1);
    EXPECT_EQ(guarded.served.lost, before + 1);
    EXPECT_EQ(guarded.connected.lost, guarded.connected.made);
    return happened;
  });
}

using Served = std::shared_ptr<Factory>;

Served limited(Guarded& guarded, Served factory) {
  factory = std::make_shared<LimitTotalConnectionsFactory>(
      factory, guarded.total, OverflowOptions{}, RefusalOptions{.log = &quiet()});
  factory = std::make_shared<LimitConnectionsByPeer>(factory, guarded.byPeer,
                                                     RefusalOptions{.log = &quiet()});
  const ConnectionRate rate{.perSecond = 100, .burst = 100};
  return std::make_shared<LimitConnectionRate>(
      factory, ConnectionRateOptions{.perPeer = rate, .total = rate},
      RefusalOptions{.log = &quiet()});
}
Served timed(Guarded&, Served factory) {
  return std::make_shared<TimeoutFactory>(
      factory, TimeoutOptions{.idle = 5s, .firstByte = 5s, .lifetime = 60s});
}
Served throttled(Guarded& guarded, Served factory) {
  const BandwidthLimit limit{.rate = 1'000'000};
  ThrottlingOptions options{.readLimit = limit, .writeLimit = limit};
  options.sharedWrite = std::make_shared<Throttle>(guarded.clock, limit);
  return std::make_shared<ThrottlingFactory>(factory, options);
}
Served recorded(Guarded&, Served factory) {
  const auto file = std::make_shared<TrafficFile>("/dev/null", quiet());
  return std::make_shared<TrafficLoggingFactory>(factory, std::make_shared<TextTrafficLog>(file));
}
Served metered(Guarded& guarded, Served factory) {
  return std::make_shared<MetricsFactory>(factory, guarded.registry);
}

TEST(FailingPolicyAllocations, OfLimits) {
  failEachAllocationBehind(limited);
}

TEST(FailingPolicyAllocations, OfTimeouts) {
  failEachAllocationBehind(timed);
}

TEST(FailingPolicyAllocations, OfAThrottle) {
  failEachAllocationBehind(throttled);
}

TEST(FailingPolicyAllocations, OfATrafficLog) {
  failEachAllocationBehind(recorded);
}

TEST(FailingPolicyAllocations, OfMetrics) {
  failEachAllocationBehind(metered);
}

TEST(FailingPolicyAllocations, OfAllTogether) {
  failEachAllocationBehind([](Guarded& guarded, Served factory) {
    factory = recorded(guarded, timed(guarded, std::move(factory)));
    return metered(guarded, limited(guarded, throttled(guarded, std::move(factory))));
  });
}

}  // namespace
}  // namespace plait::testing
