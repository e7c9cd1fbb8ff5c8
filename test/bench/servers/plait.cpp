// What a user of plait writes: the prebuilt Echo, and two receivers that send back what they get.

#include <cstdio>
#include <exception>
#include <plait/echo/echo.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <stdexcept>

#include "common/descriptor_limit.hpp"
#include "common/mode.hpp"

namespace bench {
namespace {

class LineEcho : public plait::LineReceiver {
  void lineReceived(plait::BytesView line) override { sendLine(line); }
};

class NetstringEcho : public plait::NetstringReceiver {
  void stringReceived(plait::BytesView string) override { sendString(string); }
};

std::shared_ptr<plait::Factory> makeFactory(Mode mode) {
  switch (mode) {
    case Mode::echo:
      return plait::Factory::forProtocol<plait::Echo>();
    case Mode::line:
      return plait::Factory::forProtocol<LineEcho>();
    case Mode::netstring:
      return plait::Factory::forProtocol<NetstringEcho>();
  }
  throw std::logic_error("unknown mode");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: bench_plait echo|line|netstring");
  bench::raiseDescriptorLimit();
  plait::Reactor reactor({.drainTimeout = std::chrono::seconds(0)});
  const auto port = reactor.listenTCP(0, bench::makeFactory(bench::parseMode(argv[1])),
                                      {.interface = "127.0.0.1"});
  reactor.callWhenRunning([&] {
    std::printf("listening on %d\n", int{port->getHost().port()});
    std::fflush(stdout);
  });
  reactor.run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_plait: %s\n", error.what());
  return 1;
}
