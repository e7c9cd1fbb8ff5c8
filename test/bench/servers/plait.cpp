// What a user of plait writes: the prebuilt Echo, two receivers that send back what they get,
// and one that tells everybody.

#include <cstdio>
#include <exception>
#include <functional>
#include <plait/echo/echo.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <stdexcept>
#include <vector>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "servers/plait_echoes.hpp"

namespace bench {
namespace {

class Talker : public plait::LineReceiver {
 public:
  explicit Talker(std::vector<Talker*>& everybody) : everybody_(everybody) {}

 private:
  void connectionMade() override { everybody_.push_back(this); }
  void lineReceived(plait::BytesView line) override {
    for (Talker* each : everybody_) each->sendLine(line);
  }
  void connectionLost(const plait::Failure&) override { std::erase(everybody_, this); }

  std::vector<Talker*>& everybody_;
};

class DatagramEcho : public plait::DatagramProtocol {
  void datagramReceived(plait::BytesView bytes, const plait::Address& from) override {
    transport().write(bytes, from);
  }
};

std::shared_ptr<plait::Factory> makeFactory(Mode mode, std::vector<Talker*>& everybody) {
  switch (mode) {
    case Mode::echo:
      return plait::Factory::forProtocol<plait::Echo>();
    case Mode::line:
      return plait::Factory::forProtocol<LineEcho>();
    case Mode::netstring:
      return plait::Factory::forProtocol<NetstringEcho>();
    case Mode::fanout:
      return plait::Factory::forProtocol<Talker>(std::ref(everybody));
    case Mode::udp:
    case Mode::tls:
      break;
  }
  throw std::logic_error("no mode of connections");
}

std::shared_ptr<plait::ListeningPort> listen(plait::Reactor& reactor, const ServerOptions& options,
                                             std::vector<Talker*>& everybody) {
  if (options.mode == Mode::udp) {
    return reactor.listenUDP(0, std::make_shared<DatagramEcho>(), {.interface = "127.0.0.1"});
  }
  const auto factory = makeFactory(options.mode, everybody);
  if (options.unixSocket) return reactor.listenUNIX(unixName(), factory);
  return reactor.listenTCP(0, factory, {.interface = "127.0.0.1"});
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const auto options = bench::parseServerOptions("bench_plait", argc, argv);
  bench::raiseDescriptorLimit();
  std::vector<bench::Talker*> everybody;
  plait::Reactor reactor({.drainTimeout = std::chrono::seconds(0)});
  const auto port = bench::listen(reactor, options, everybody);
  reactor.callWhenRunning([&] { bench::announce(*port, options.unixSocket); });
  reactor.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_plait", error);
}
