#include "serve.hpp"

#include <cstdio>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/net/reactor_pool.hpp>
#include <plait/portforward/port_forward.hpp>

#include "endpoints.hpp"

namespace plait::app {

namespace {

ReactorPoolOptions poolOptions(const Options& options) {
  return {.reactors = options.reactors, .reactor = {.drainTimeout = options.drain}};
}

/// A place where a service is offered.
struct Listener {
  std::string_view service;
  std::string where;  ///< as an endpoint string
};

/// Tells, once the reactor runs and signals are handled, where each listener is.
void announceWhenRunning(ReactorPool& pool, const std::vector<Listener>& listeners) {
  pool.callWhenRunning([&listeners] {
    for (const Listener& listener : listeners) {
      fmt::print("{} listening on {}\n", listener.service, listener.where);
    }
    std::fflush(stdout);
  });
}

/// Listens everywhere, or throws why not; then serves until told to stop.
void serveAt(ReactorPool& pool, const std::vector<std::shared_ptr<StreamServerEndpoint>>& endpoints,
             std::string_view service, const std::shared_ptr<Factory>& factory) {
  std::vector<Listener> listeners;
  for (const auto& endpoint : endpoints) {
    const auto port = listenNow(*endpoint, factory);
    const std::string where = endpoint->describe(*port);
    if (where != "stdio:")
      listeners.push_back({service, where});  // there, stdout is the connection
  }
  announceWhenRunning(pool, listeners);
  pool.run();
}

}  // namespace

void serve(const Options& options) {
  ReactorPool pool(poolOptions(options));
  serveAt(pool, parseServerEndpoints(pool, options.listen), options.service->name,
          options.service->makeFactory(pool, options.serviceOptions));
}

void forward(const Options& options) {
  ReactorPool pool(poolOptions(options));
  const auto endpoints = parseServerEndpoints(pool, options.listen);
  std::vector<std::shared_ptr<StreamClientEndpoint>> targets;  // one a reactor
  for (std::size_t i = 0; i < pool.size(); ++i) {
    targets.push_back(parseClientEndpoint(pool.reactor(i), options.to));
  }
  serveAt(pool, endpoints, "forward", pool.perReactor([&](Reactor&, std::size_t index) {
    return std::make_shared<PortForwardFactory>(targets[index]);
  }));
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
  std::vector<Listener> listeners;
  for (const Offer& offer : offers) {
    TCP4ServerEndpoint endpoint(pool, offer.port, {.interface = "127.0.0.1"});
    const auto port = listenNow(endpoint, findService(offer.service)->makeFactory(pool, {}));
    listeners.push_back({offer.service, endpoint.describe(*port)});
  }
  for (const Offer& offer : offers) {
    fmt::print(stderr, "try {:<10} {}\n", offer.service, offer.howToTry);
  }
  fmt::print(stderr, "where plait is {}; Ctrl-C stops them all\n", options.program);
  announceWhenRunning(pool, listeners);
  pool.run();
}

}  // namespace plait::app
