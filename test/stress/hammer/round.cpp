#include "round.hpp"

#include <plait/core/log.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/reactor_pool.hpp>

#include "arena.hpp"
#include "unit/net/support/temporary_directory.hpp"

namespace plait::stress {

namespace {

using namespace std::chrono_literals;

/// Connections a reactor begins.
constexpr int kConnections = 30;
/// Between the numbers of the ends of two reactors.
constexpr std::uint64_t kNumbers = 1'000'000;
/// A round that lasts longer hangs.
constexpr auto kLongest = 20s;

enum class Ending { whenOver, stopped, destroyed };

/// Somebody must look at what is thrown on purpose, and nobody wants to read it.
Log& quietLog() {
  static Log log(LogLevel::warn);
  return log;
}

/// With a budget that is soon exceeded, sometimes.
ReactorOptions reactorOptions(Chance& chance) {
  ReactorOptions options{.log = &quietLog(), .drainTimeout = 500ms, .installSignalHandlers = false};
  if (chance.oneIn(3)) options.writeBudget = 1 << 20;
  return options;
}

Ending chooseEnding(Chance& chance) {
  switch (chance.below(4)) {
    case 0:
      return Ending::destroyed;
    case 1:
      return Ending::stopped;
    default:
      return Ending::whenOver;
  }
}

/// A round on one reactor.
class Solo {
 public:
  Solo(std::uint64_t seed, Verdict& verdict)
      : chance_(seed),
        ending_(chooseEnding(chance_)),
        reactor_(chance_.oneIn(4) ? std::make_unique<Reactor>(context_, reactorOptions(chance_))
                                  : std::make_unique<Reactor>(reactorOptions(chance_))),
        arena_(*reactor_, verdict, chance_.below(UINT64_MAX), kNumbers),
        verdict_(verdict) {}

  void play() {
    places_.path = directory_ / "socket";
    reactor_->startRunning();
    arena_.listen(places_);
    arena_.connect(places_, kConnections);
    if (ending_ == Ending::stopped) arena_.whimsicalStop = [this] { stop(); };
    run();
    if (ending_ == Ending::destroyed) arena_.stopping();
    reactor_.reset();
    context_.poll();  // where the reactor was on it, what is left there must be harmless
    arena_.expectNothingLeft();
    expectMatches(arena_.ends());
  }

 private:
  void run() {
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    auto& context = ioContext(*reactor_);
    auto turnsLeft = chance_.below(3'000);
    while (!arena_.over() && std::chrono::steady_clock::now() < deadline) {
      if (context.stopped()) context.restart();
      context.run_one_for(1ms);
      if (ending_ == Ending::destroyed && turnsLeft-- == 0) return;
    }
    if (!arena_.isStopping()) stop();
    while (reactor_->running() && std::chrono::steady_clock::now() < deadline) {
      context.run_one_for(1ms);
    }
    verdict_.expect(std::chrono::steady_clock::now() < deadline, "the round does not end: {}",
                    arena_.whatIsLeft());
  }
  void stop() {
    if (arena_.isStopping()) return;
    arena_.stopping();
    reactor_->stop();
  }

  Chance chance_;
  const Ending ending_;
  boost::asio::io_context context_;
  std::unique_ptr<Reactor> reactor_;
  Arena arena_;
  Verdict& verdict_;
  testing::TemporaryDirectory directory_;
  Places places_;
};

/// A round on several reactors, each on a thread of its own, whose connections are with each other.
class Together {
 public:
  Together(std::uint64_t seed, Verdict& verdict)
      : chance_(seed), pool_(std::make_unique<ReactorPool>(poolOptions(chance_))) {
    for (std::size_t i = 0; i < pool_->size(); ++i) {
      arenas_.push_back(std::make_unique<Arena>(pool_->reactor(i), verdict,
                                                chance_.below(UINT64_MAX), (i + 1) * kNumbers));
    }
  }

  void play() {
    listen();
    pool_->callOnAll([this](Reactor&, std::size_t i) {
      arenas_[i]->connect(places_, kConnections);
      lookWhetherOver(i);
    });
    pool_->start();
    pool_->join();
    pool_.reset();
    std::vector<std::shared_ptr<End>> ends;
    for (const auto& arena : arenas_) {
      arena->expectNothingLeft();
      ends.insert(ends.end(), arena->ends().begin(), arena->ends().end());
    }
    expectMatches(ends);
  }

 private:
  static ReactorPoolOptions poolOptions(Chance& chance) {
    constexpr Spread kSpreads[] = {Spread::reusePort, Spread::roundRobin, Spread::leastConnections};
    return {.reactors = 2 + chance.below(2),
            .spread = kSpreads[chance.below(3)],
            .reactor = reactorOptions(chance)};
  }
  void listen() {
    places_.path = directory_ / "socket";
    for (int i = 0; i < kMedia; ++i) {
      const auto medium = static_cast<Medium>(i);
      const auto factory = pool_->perReactor(
          [this, medium](Reactor&, std::size_t index) { return arenas_[index]->servers(medium); });
      if (medium == Medium::unixSocket) {
        pool_->listenUNIX(places_.path, factory);
      } else {
        places_.ports[i] =
            pool_->listenTCP(0, factory, {.interface = "127.0.0.1"})->getHost().port();
      }
    }
  }
  /// On the thread of that reactor: the last of them that has nothing more to do stops all.
  void lookWhetherOver(std::size_t i) {
    const bool tooLong = std::chrono::steady_clock::now() > deadline_;
    if (!arenas_[i]->over() && !tooLong) {
      arenas_[i]->reactor.callLater(2ms, [this, i] { lookWhetherOver(i); });
      return;
    }
    arenas_[i]->verdict.expect(!tooLong, "the round does not end: {}", arenas_[i]->whatIsLeft());
    if (++over_ < arenas_.size()) return;
    stopAll();
  }
  void stopAll() {
    for (std::size_t i = 0; i < arenas_.size(); ++i) {
      pool_->callFromThread(i, [this, i] {
        arenas_[i]->stopping();
        if (++told_ == arenas_.size()) pool_->stop();
      });
    }
  }

  Chance chance_;
  std::unique_ptr<ReactorPool> pool_;
  std::vector<std::unique_ptr<Arena>> arenas_;
  testing::TemporaryDirectory directory_;
  Places places_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + kLongest;
  std::atomic<std::size_t> over_ = 0;
  std::atomic<std::size_t> told_ = 0;
};

}  // namespace

void playRound(std::uint64_t seed, Verdict& verdict) {
  if (seed % 6 == 0) {
    Together(seed, verdict).play();
  } else {
    Solo(seed, verdict).play();
  }
}

}  // namespace plait::stress
