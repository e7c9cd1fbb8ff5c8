#include "arena.hpp"

#include <map>
#include <plait/core/errors.hpp>
#include <plait/tls/tls_factory.hpp>

#include "contexts.hpp"
#include "player.hpp"

namespace plait::stress {

namespace {

using namespace std::chrono_literals;

/// Two ends that close at the same time, each with more to send than the system takes while the
/// other does not read any more, wait for each other for that long.
constexpr TransportOptions kTransport{.closeTimeout = 500ms};

}  // namespace

const char* nameOf(Medium medium) {
  switch (medium) {
    case Medium::tcp:
      return "TCP";
    case Medium::unixSocket:
      return "UNIX";
    case Medium::tls:
      return "TLS";
    case Medium::startTLS:
      return "startTLS";
  }
  return "?";
}

class Arena::Servers final : public Factory {
 public:
  Servers(Arena& arena, Medium medium) : arena_(arena), medium_(medium) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    if (arena_.chance.oneIn(30)) return nullptr;
    if (arena_.chance.oneIn(60)) throw Thrown();
    return arena_.build(medium_, false);
  }

 private:
  Arena& arena_;
  Medium medium_;
};

class Arena::Clients final : public ClientFactory {
 public:
  Clients(Arena& arena, Medium medium) : arena_(arena), medium_(medium) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    if (arena_.chance.oneIn(60)) return nullptr;
    return arena_.build(medium_, true);
  }
  void startedConnecting(Connector& connector) override {
    if (arena_.chance.oneIn(40)) connector.disconnect();
  }
  void clientConnectionFailed(Connector& connector, const Failure& reason) override {
    arena_.verdict.expect(reason.check<ConnectError>(), "a connection failed for {}",
                          reason.typeName());
    over(connector);
  }
  void clientConnectionLost(Connector& connector, const Failure&) override { over(connector); }

 private:
  void over(Connector& connector) {
    if (!arena_.isStopping() && arena_.toConnect_ > 0 && arena_.chance.oneIn(10)) {
      --arena_.toConnect_;
      return connector.connect();
    }
    --arena_.connecting_;
    arena_.connectSome();
  }

  Arena& arena_;
  Medium medium_;
};

Arena::Arena(Reactor& reactor, Verdict& verdict, std::uint64_t seed, std::uint64_t firstNumber)
    : chance(seed), reactor(reactor), verdict(verdict), nextNumber_(firstNumber) {}

Arena::~Arena() = default;

// --- Players ---------------------------------------------------------------------------

std::shared_ptr<Protocol> Arena::build(Medium medium, bool client) {
  auto end = std::make_shared<End>(
      verdict, ++nextNumber_, fmt::format("{} {}", nameOf(medium), client ? "client" : "server"));
  ends_.push_back(end);
  const std::size_t plainText = medium == Medium::startTLS ? kPlainText : 0;
  auto player = make(std::move(end), plainText);
  protocols_.push_back(player);
  return player;
}

std::shared_ptr<Player> Arena::successor(const std::shared_ptr<End>& end) {
  return make(end, 0);
}

std::shared_ptr<Player> Arena::make(std::shared_ptr<End> end, std::size_t plainText) {
  std::shared_ptr<Player> player;
  if (chance.oneIn(2)) {
    player = std::make_shared<HalfCloseablePlayer>(*this, std::move(end), plainText);
  } else {
    player = std::make_shared<Player>(*this, std::move(end), plainText);
  }
  player->end()->player = player;
  players_.push_back(player);
  return player;
}

std::shared_ptr<Player> Arena::anybody() {
  return players_.empty() ? nullptr : players_[chance.below(players_.size())].lock();
}

void Arena::keep(std::shared_ptr<Transport> transport) {
  kept_.push_back(std::move(transport));
  if (kept_.size() > 8) kept_.erase(kept_.begin());
}

/// On a lost transport whatever would change it does nothing.
void Arena::useWhatIsLost() {
  if (kept_.empty()) return;
  const auto transport = kept_[chance.below(kept_.size())];
  if (transport->connected()) return;
  transport->write("nobody hears it");
  transport->writeSequence({"nor", "this"});
  transport->pauseProducing();
  transport->resumeProducing();
  transport->unregisterProducer();
  transport->loseWriteConnection();
  transport->loseConnection();
  transport->abortConnection();
  verdict.expect(
      !transport->connected() && transport->disconnecting() && transport->bufferedBytes() == 0,
      "a lost transport was changed");
}

// --- Connections -----------------------------------------------------------------------

std::shared_ptr<Factory> Arena::servers(Medium medium) {
  std::shared_ptr<Factory> factory = std::make_shared<Servers>(*this, medium);
  factories_.push_back(factory);
  if (medium == Medium::tls) {
    factory = tlsServer(serverContext(), std::move(factory));
    factories_.push_back(factory);
  }
  return factory;
}

void Arena::listen(Places& places) {
  for (int i = 0; i < kMedia; ++i) {
    const auto medium = static_cast<Medium>(i);
    if (medium == Medium::unixSocket) {
      reactor.listenUNIX(places.path, servers(medium), {.transport = kTransport});
    } else {
      places.ports[i] =
          reactor
              .listenTCP(0, servers(medium), {.interface = "127.0.0.1", .transport = kTransport})
              ->getHost()
              .port();
    }
  }
}

void Arena::connect(const Places& places, int count) {
  places_ = places;
  toConnect_ = count;
  for (int i = 0; i < 6; ++i) connectOne();
}

void Arena::connectSome() {
  connectOne();
  if (chance.oneIn(3)) connectOne();
}

void Arena::connectOne() {
  if (toConnect_ == 0 || stopping_) return;
  --toConnect_;
  ++connecting_;
  const auto medium = static_cast<Medium>(chance.below(kMedia));
  std::shared_ptr<ClientFactory> factory = std::make_shared<Clients>(*this, medium);
  factories_.push_back(factory);
  if (medium == Medium::tls) {
    factory = tlsClient(clientContext(), std::move(factory));
    factories_.push_back(factory);
  }
  if (medium == Medium::unixSocket) {
    reactor.connectUNIX(places_.path, std::move(factory), {.transport = kTransport});
  } else {
    reactor.connectTCP("127.0.0.1", places_.ports[static_cast<int>(medium)], std::move(factory),
                       {.transport = kTransport});
  }
}

bool Arena::over() const {
  if (connecting_ > 0 || (toConnect_ > 0 && !stopping_)) return false;
  for (const auto& end : ends_) {
    if (end->timesLost < end->timesMade) return false;
  }
  return true;
}

std::string Arena::whatIsLeft() const {
  std::string left =
      fmt::format("{} to connect, {} connecting or connected", toConnect_, connecting_);
  for (const auto& end : ends_) {
    if (end->timesLost < end->timesMade) left += fmt::format("; {}", end->state());
  }
  return left;
}

// --- The end ---------------------------------------------------------------------------

void Arena::stopping() {
  stopping_ = true;
}

void Arena::expectNothingLeft() {
  kept_.clear();
  for (const auto& end : ends_) {
    verdict.expect(end->timesLost == end->timesMade, "{}: never told of its loss", end->name());
  }
  for (const auto& protocol : protocols_) {
    verdict.expect(protocol.expired(), "a protocol is kept alive");
  }
  for (const auto& factory : factories_) {
    verdict.expect(factory->numPorts() == 0, "a factory was not stopped");
  }
  verdict.expect(connecting_ == 0, "{} connectors were told no end", connecting_);
}

void expectMatches(const std::vector<std::shared_ptr<End>>& ends) {
  std::map<std::uint64_t, const End*> byNumber;
  for (const auto& end : ends) byNumber[end->number] = end.get();
  for (const auto& end : ends) {
    if (end->header.size() < sizeof(std::uint64_t)) continue;
    const auto found = byNumber.find(end->peer());
    end->verdict.expect(found != byNumber.end(), "{} talked to nobody", end->name());
    if (found != byNumber.end()) expectMatch(*found->second, *end);
  }
}

}  // namespace plait::stress
