// What a user of plait writes: the prebuilt Echo, and two receivers that send back what they get.

#include <cstdio>
#include <exception>
#include <plait/echo/echo.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <stdexcept>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"

namespace bench {
namespace {

class LineEcho : public plait::LineReceiver {
  void lineReceived(plait::BytesView line) override { sendLine(line); }
};

class NetstringEcho : public plait::NetstringReceiver {
  void stringReceived(plait::BytesView string) override { sendString(string); }
};

class DatagramEcho : public plait::DatagramProtocol {
  void datagramReceived(plait::BytesView bytes, const plait::Address& from) override {
    transport().write(bytes, from);
  }
};

std::shared_ptr<plait::Factory> makeFactory(Mode mode) {
  switch (mode) {
    case Mode::echo:
      return plait::Factory::forProtocol<plait::Echo>();
    case Mode::line:
      return plait::Factory::forProtocol<LineEcho>();
    case Mode::netstring:
      return plait::Factory::forProtocol<NetstringEcho>();
    case Mode::udp:
      break;
  }
  throw std::logic_error("no mode of connections");
}

std::shared_ptr<plait::ListeningPort> listen(plait::Reactor& reactor,
                                             const ServerOptions& options) {
  if (options.mode == Mode::udp) {
    return reactor.listenUDP(0, std::make_shared<DatagramEcho>(), {.interface = "127.0.0.1"});
  }
  const auto factory = makeFactory(options.mode);
  if (options.unixSocket) return reactor.listenUNIX(unixName(), factory);
  return reactor.listenTCP(0, factory, {.interface = "127.0.0.1"});
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const auto options = bench::parseServerOptions("bench_plait", argc, argv);
  bench::raiseDescriptorLimit();
  plait::Reactor reactor({.drainTimeout = std::chrono::seconds(0)});
  const auto port = bench::listen(reactor, options);
  reactor.callWhenRunning([&] {
    const plait::Address host = port->getHost();
    std::string where = options.unixSocket ? host.host() : std::to_string(host.port());
    if (options.unixSocket) where.front() = '@';
    std::printf("listening on %s\n", where.c_str());
    std::fflush(stdout);
  });
  reactor.run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_plait: %s\n", error.what());
  return 1;
}
