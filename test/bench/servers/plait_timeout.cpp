// An echo that closes connections on which nothing comes for a minute: what an idle connection with
// a timer costs.

#include <chrono>
#include <cstdio>
#include <exception>
#include <plait/echo/echo.hpp>
#include <plait/net/reactor.hpp>
#include <plait/policies/timeout_mixin.hpp>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"

namespace bench {
namespace {

constexpr std::chrono::seconds kTimeout(60);

class TimedEcho : public plait::Echo, public plait::TimeoutMixin {
  void connectionMade() override {
    plait::Echo::connectionMade();
    setTimeout(kTimeout);
  }
  void dataReceived(plait::BytesView data) override {
    resetTimeout();
    plait::Echo::dataReceived(data);
  }
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const auto options = bench::parseServerOptions("bench_plait_timeout", argc, argv);
  if (options.mode != bench::Mode::echo) throw bench::UnknownMode("only mode echo here");
  bench::raiseDescriptorLimit();
  plait::Reactor reactor({.drainTimeout = std::chrono::seconds(0)});
  const auto port = reactor.listenTCP(0, plait::Factory::forProtocol<bench::TimedEcho>(),
                                      {.interface = "127.0.0.1"});
  std::printf("listening on %d\n", int{port->getHost().port()});
  std::fflush(stdout);
  reactor.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_plait_timeout", error);
}
