#include "serve.hpp"

#include <cstdio>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/net/reactor.hpp>
#include <plait/portforward/port_forward.hpp>

#include "endpoints.hpp"

namespace plait::app {

namespace {

/// A place where a service is offered.
struct Listener {
  std::string_view service;
  std::string where;  ///< as an endpoint string
};

/// Tells, once the reactor runs and signals are handled, where each listener is.
void announceWhenRunning(Reactor& reactor, const std::vector<Listener>& listeners) {
  reactor.callWhenRunning([&listeners] {
    for (const Listener& listener : listeners) {
      fmt::print("{} listening on {}\n", listener.service, listener.where);
    }
    std::fflush(stdout);
  });
}

/// Listens everywhere, or throws why not; then serves until told to stop.
void serveAt(Reactor& reactor, const std::vector<std::shared_ptr<StreamServerEndpoint>>& endpoints,
             std::string_view service, const std::shared_ptr<Factory>& factory) {
  std::vector<Listener> listeners;
  for (const auto& endpoint : endpoints) {
    const auto port = listenNow(*endpoint, factory);
    const std::string where = endpoint->describe(*port);
    if (where != "stdio:")
      listeners.push_back({service, where});  // there, stdout is the connection
  }
  announceWhenRunning(reactor, listeners);
  reactor.run();
}

}  // namespace

void serve(const Options& options) {
  Reactor reactor({.drainTimeout = options.drain});
  serveAt(reactor, parseServerEndpoints(reactor, options.listen), options.service->name,
          options.service->makeFactory(options.serviceOptions));
}

void forward(const Options& options) {
  Reactor reactor({.drainTimeout = options.drain});
  const auto endpoints = parseServerEndpoints(reactor, options.listen);
  const auto target = parseClientEndpoint(reactor, options.to);
  serveAt(reactor, endpoints, "forward", std::make_shared<PortForwardFactory>(target));
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

  Reactor reactor({.drainTimeout = options.drain});
  std::vector<Listener> listeners;
  for (const Offer& offer : offers) {
    TCP4ServerEndpoint endpoint(reactor, offer.port, {.interface = "127.0.0.1"});
    const auto port = listenNow(endpoint, findService(offer.service)->makeFactory({}));
    listeners.push_back({offer.service, endpoint.describe(*port)});
  }
  for (const Offer& offer : offers) {
    fmt::print(stderr, "try {:<10} {}\n", offer.service, offer.howToTry);
  }
  fmt::print(stderr, "where plait is {}; Ctrl-C stops them all\n", options.program);
  announceWhenRunning(reactor, listeners);
  reactor.run();
}

}  // namespace plait::app
