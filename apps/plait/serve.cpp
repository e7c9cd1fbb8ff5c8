#include "serve.hpp"

#include <cstdio>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/net/reactor_pool.hpp>
#include <plait/portforward/port_forward.hpp>

#include "endpoints.hpp"

namespace plait::app {

namespace {

ReactorPoolOptions poolOptions(const Options& options) {
  ReactorOptions reactor{.drainTimeout = options.drain, .lingerLimit = kLingerLimit};
  if (options.logLevel != LogLevel::debug) reactor.stallLimit = Duration::zero();
  return {.reactors = options.reactors, .reactor = reactor};
}

/// A place where a service is offered.
struct Listener {
  std::string_view service;
  std::string where;  ///< as an endpoint string
};

/// What the command line puts around each service.
struct Surroundings {
  Surroundings(ReactorPool& pool, const Options& options)
      : policies(options.policies), observation(pool, options.observation) {}

  /// What is refused is counted, and not recorded.
  std::shared_ptr<Factory> around(std::shared_ptr<Factory> factory,
                                  const std::string& listener) const {
    return observation.counted(policies.around(observation.recorded(std::move(factory))), listener);
  }

  Policies policies;
  Observation observation;
};

/// Tells, once the reactor runs and signals are handled, where each listener is.
void announceWhenRunning(ReactorPool& pool, const Observation& observation,
                         const std::vector<Listener>& listeners) {
  pool.callWhenRunning([&] {
    observation.begin();
    for (const Listener& listener : listeners) {
      fmt::print("{} listening on {}\n", listener.service, listener.where);
    }
    std::fflush(stdout);
  });
}

/// Listens everywhere, or throws why not; then serves until told to stop.
void serveAt(ReactorPool& pool, const std::vector<std::shared_ptr<StreamServerEndpoint>>& endpoints,
             std::string_view service, const std::shared_ptr<Factory>& factory,
             const Options& options) {
  const Surroundings surroundings(pool, options);
  std::vector<Listener> listeners;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto port = listenNow(*endpoints[i], surroundings.around(factory, options.listen[i]));
    const std::string where = endpoints[i]->describe(*port);
    if (where != "stdio:")
      listeners.push_back({service, where});  // there, stdout is the connection
  }
  announceWhenRunning(pool, surroundings.observation, listeners);
  pool.run();
}

}  // namespace

void serve(const Options& options) {
  ReactorPool pool(poolOptions(options));
  serveAt(pool, parseServerEndpoints(pool, options.listen), options.service->name,
          options.service->makeFactory(pool, options.serviceOptions), options);
}

void forward(const Options& options) {
  ReactorPool pool(poolOptions(options));
  const auto endpoints = parseServerEndpoints(pool, options.listen);
  std::vector<std::shared_ptr<StreamClientEndpoint>> targets;  // one a reactor
  for (std::size_t i = 0; i < pool.size(); ++i) {
    targets.push_back(parseClientEndpoint(pool.reactor(i), options.to));
  }
  const auto factory = pool.perReactor([&](Reactor&, std::size_t index) {
    return std::make_shared<PortForwardFactory>(targets[index]);
  });
  serveAt(pool, endpoints, "forward", factory, options);
}

void demo(const Options& options) {
  struct Offer {
    const char* service;
    std::uint16_t port;
    const char* howToTry;
  };
  constexpr Offer offers[] = {
      {"echo", 7007, "echo hello | plait connect tcp:127.0.0.1:7007"},
      {"line", 7001, "printf 'hello\\r\\n' | plait connect tcp:127.0.0.1:7001"},
      {"netstring", 7002, "printf '5:hello,' | plait connect tcp:127.0.0.1:7002"},
      {"int32", 7003, "printf '\\0\\0\\0\\5hello' | plait connect tcp:127.0.0.1:7003"},
      {"chat", 7004, "sed -u 's/$/\\r/' | plait connect tcp:127.0.0.1:7004   (twice)"},
  };

  ReactorPool pool(poolOptions(options));
  const Surroundings surroundings(pool, options);
  std::vector<Listener> listeners;
  for (const Offer& offer : offers) {
    TCP4ServerEndpoint endpoint(pool, offer.port, {.interface = "127.0.0.1"});
    const auto factory = findService(offer.service)->makeFactory(pool, {});
    const auto port = listenNow(endpoint, surroundings.around(factory, offer.service));
    listeners.push_back({offer.service, endpoint.describe(*port)});
  }
  for (const Offer& offer : offers) {
    fmt::print(stderr, "try {:<10} {}\n", offer.service, offer.howToTry);
  }
  fmt::print(stderr, "where plait is {}; Ctrl-C stops them all\n", options.program);
  announceWhenRunning(pool, surroundings.observation, listeners);
  pool.run();
}

}  // namespace plait::app
