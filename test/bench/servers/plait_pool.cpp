// plait.cpp on two reactors: what a request costs when it is served on several threads.

#include <cstdio>
#include <exception>
#include <plait/echo/echo.hpp>
#include <plait/net/reactor_pool.hpp>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "servers/plait_echoes.hpp"

namespace bench {
namespace {

constexpr std::size_t kReactors = 2;

std::shared_ptr<plait::Factory> makeFactory(Mode mode) {
  switch (mode) {
    case Mode::echo:
      return plait::Factory::forProtocol<plait::Echo>();
    case Mode::line:
      return plait::Factory::forProtocol<LineEcho>();
    case Mode::netstring:
      return plait::Factory::forProtocol<NetstringEcho>();
    default:
      throw UnknownMode("bench_plait_pool2 serves echo, line and netstring");
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const auto options = bench::parseServerOptions("bench_plait_pool2", argc, argv);
  bench::raiseDescriptorLimit();
  plait::ReactorPool pool(
      {.reactors = bench::kReactors, .reactor = {.drainTimeout = std::chrono::seconds(0)}});
  const auto factory = pool.perReactor(
      [&](plait::Reactor&, std::size_t) { return bench::makeFactory(options.mode); });
  const auto port = options.unixSocket ? pool.listenUNIX(bench::unixName(), factory)
                                       : pool.listenTCP(0, factory, {.interface = "127.0.0.1"});
  pool.callWhenRunning([&] { bench::announce(*port, options.unixSocket); });
  pool.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_plait_pool2", error);
}
