#include "serve.hpp"

#include <cstdio>

namespace plait::app {

namespace {

struct Listener {
  std::string_view service;
  std::shared_ptr<ListeningPort> port;
};

/// Tells, once the reactor runs and signals are handled, where each listener is.
void announceWhenRunning(Reactor& reactor, const std::vector<Listener>& listeners) {
  reactor.callWhenRunning([&listeners] {
    for (const Listener& listener : listeners) {
      fmt::print("{} listening on {}\n", listener.service,
                 describeListener(listener.port->getHost()));
    }
    std::fflush(stdout);
  });
}

}  // namespace

void serve(const Options& options) {
  Reactor reactor({.drainTimeout = options.drain});
  const auto factory = options.service->makeFactory(options.serviceOptions);
  std::vector<Listener> listeners;
  for (const ListenEndpoint& endpoint : options.listen) {
    listeners.push_back(
        {options.service->name, reactor.listenTCP(endpoint.port, factory, endpoint.options)});
  }
  announceWhenRunning(reactor, listeners);
  reactor.run();
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
    listeners.push_back(
        {offer.service, reactor.listenTCP(offer.port, findService(offer.service)->makeFactory({}),
                                          {.interface = "127.0.0.1"})});
  }
  for (const Offer& offer : offers) {
    fmt::print(stderr, "try {:<10} {}\n", offer.service, offer.howToTry);
  }
  fmt::print(stderr, "where plait is {}; Ctrl-C stops them all\n", options.program);
  announceWhenRunning(reactor, listeners);
  reactor.run();
}

}  // namespace plait::app
