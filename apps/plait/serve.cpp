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
      {"echo", 7007, "type anything, it comes back"},
      {"line", 7001, "printf 'hello\\r\\n' comes back as a line"},
      {"netstring", 7002, "printf '5:hello,' comes back as a netstring"},
      {"int32", 7003, "printf '\\0\\0\\0\\5hello' comes back with its length"},
      {"chat", 7004, "connect twice, tell your names, talk (lines end in CRLF)"},
  };

  Reactor reactor({.drainTimeout = options.drain});
  std::vector<Listener> listeners;
  for (const Offer& offer : offers) {
    listeners.push_back(
        {offer.service, reactor.listenTCP(offer.port, findService(offer.service)->makeFactory({}),
                                          {.interface = "127.0.0.1"})});
  }
  for (const Offer& offer : offers) {
    fmt::print(stderr, "try {:<9}  plait connect tcp:127.0.0.1:{}   {}\n", offer.service,
               offer.port, offer.howToTry);
  }
  fmt::print(stderr, "Ctrl-C stops them all\n");
  announceWhenRunning(reactor, listeners);
  reactor.run();
}

}  // namespace plait::app
