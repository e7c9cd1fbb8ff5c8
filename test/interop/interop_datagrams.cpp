// Datagrams of plait's, as a server and as a client:
//
//     interop_datagrams serve ADDRESS              echoes, until SIGTERM; prints where it listens
//     interop_datagrams ask ADDRESS COUNT SEED     sends random datagrams, checks every echo
//
// ADDRESS is HOST:PORT, the host an IP address; or the path of a UNIX datagram socket. Exits with 1
// when anything went wrong.

#include <charconv>
#include <plait/core/errors.hpp>
#include <plait/net/reactor.hpp>
#include <random>
#include <stdexcept>

namespace {

using plait::Address;
using plait::Bytes;
using plait::BytesView;

constexpr std::chrono::seconds kDeadline{60};
constexpr std::size_t kLongest = 60'000;

unsigned long readNumber(BytesView text) {
  unsigned long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("'{}' is no number", text));
  }
  return number;
}

Address readAddress(const std::string& text) {
  if (text.starts_with('/')) return plait::UNIXAddress{text};
  const auto colon = text.rfind(':');
  if (colon == text.npos) throw std::invalid_argument(fmt::format("'{}' has no port", text));
  const auto port = static_cast<std::uint16_t>(readNumber(BytesView(text).substr(colon + 1)));
  const std::string host = text.substr(0, colon);
  if (auto v4 = plait::IPv4Address::parse(host, port)) return *v4;
  if (auto v6 = plait::IPv6Address::parse(host, port)) return *v6;
  throw std::invalid_argument(fmt::format("'{}' is no IP address", host));
}

struct Echo : plait::DatagramProtocol {
  void datagramReceived(BytesView datagram, const Address& from) override {
    transport().write(datagram, from);
  }
};

void serve(const Address& at) {
  // On a loaded machine anything may take long.
  plait::Reactor reactor{plait::ReactorOptions{.stallLimit = plait::Duration::zero()}};
  const auto echo = std::make_shared<Echo>();
  std::shared_ptr<plait::ListeningPort> port;
  if (at.as<plait::UNIXAddress>()) {
    port = reactor.listenUNIXDatagram(at.host(), echo);
  } else {
    port = reactor.listenUDP(at.port(), echo, {.interface = at.host()});
  }
  fmt::print("listening on {}\n", port->getHost().port());
  std::fflush(stdout);
  reactor.run();
}

/// One datagram at a time.
class Asker : public plait::DatagramProtocol {
 public:
  Asker(plait::Reactor& reactor, unsigned long count, unsigned long seed)
      : reactor_(reactor), left_(count), random_(seed) {}

  void askNext() {
    if (left_-- == 0) return reactor_.stop();
    constexpr std::size_t kSizes[] = {0, 1, 64, 1500, kLongest};
    const std::size_t most = kSizes[random_() % std::size(kSizes)];
    asked_.resize(random_() % (most + 1));
    for (char& c : asked_) c = static_cast<char>(random_());
    transport().write(asked_);
  }
  void datagramReceived(BytesView datagram, const Address&) override {
    if (datagram != asked_) {
      return fail(fmt::format("{} bytes answered by {}", asked_.size(), datagram.size()));
    }
    ++answered;
    askNext();
  }
  void connectionRefused() override { fail("refused"); }
  void fail(std::string what) {
    if (!failure.empty()) return;
    failure = std::move(what);
    reactor_.stop();
  }

  unsigned long answered = 0;
  std::string failure;

 private:
  plait::Reactor& reactor_;
  unsigned long left_;
  std::mt19937_64 random_;
  Bytes asked_;
};

int ask(const Address& at, unsigned long count, unsigned long seed) {
  // On a loaded machine anything may take long.
  plait::Reactor reactor{plait::ReactorOptions{.stallLimit = plait::Duration::zero()}};
  const auto asker = std::make_shared<Asker>(reactor, count, seed);
  if (at.as<plait::UNIXAddress>()) {
    reactor.connectUNIXDatagram(at.host(), asker, {.bindAddress = at.host() + ".asker"});
  } else {
    const bool six = at.as<plait::IPv6Address>();
    reactor.listenUDP(0, asker, {.interface = six ? "::1" : "127.0.0.1"})->connect(at);
  }
  reactor.callWhenRunning([&] { asker->askNext(); });
  reactor.callLater(kDeadline, [&] { asker->fail("out of time"); });
  reactor.run();
  fmt::print("{} answered{}{}\n", asker->answered, asker->failure.empty() ? "" : "; ",
             asker->failure);
  return asker->failure.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const BytesView role = argc > 1 ? argv[1] : "";
  if (role == "serve" && argc == 3) {
    serve(readAddress(argv[2]));
    return 0;
  }
  if (role == "ask" && argc == 5) {
    return ask(readAddress(argv[2]), readNumber(argv[3]), readNumber(argv[4]));
  }
  throw std::invalid_argument("usage: interop_datagrams serve ADDRESS | ask ADDRESS COUNT SEED");
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
