// What a user of plait writes: the prebuilt Echo, two receivers that send back what they get,
// and one that tells everybody.

#include <cstdio>
#include <exception>
#include <functional>
#include <plait/echo/echo.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <stdexcept>
#include <vector>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"

namespace bench {
namespace {

// Both read no faster than their peers do.
class LineEcho : public plait::LineReceiver {
  void connectionMade() override { transport().registerProducer(transport()); }
  void lineReceived(plait::BytesView line) override { sendLine(line); }
};

class NetstringEcho : public plait::NetstringReceiver {
 public:
  NetstringEcho() : NetstringReceiver({.maxLength = 1024 * 1024}) {}

 private:
  void connectionMade() override { transport().registerProducer(transport()); }
  void stringReceived(plait::BytesView string) override { sendString(string); }
};

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
  reactor.callWhenRunning([&] {
    const plait::Address host = port->getHost();
    std::string where = options.unixSocket ? host.host() : std::to_string(host.port());
    if (options.unixSocket) where.front() = '@';
    std::printf("listening on %s\n", where.c_str());
    std::fflush(stdout);
  });
  reactor.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_plait", error);
}
