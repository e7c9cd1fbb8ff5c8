#include <plait/core/errors.hpp>
#include <plait/echo/echo.hpp>

#include "../support/connection_watch.hpp"
#include "../support/producer_watch.hpp"
#include "../support/stream_check.hpp"
#include "all_scenarios.hpp"

/// Clients send to an echo as fast as it takes it, and read what comes back now and then. The echo
/// must neither lose a byte nor hold more of them than it may.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 7;
/// What one read may bring on top of what is buffered.
constexpr std::size_t kLargestRead = 64 * 1024;

/// How a client ends its connection.
enum class Ending { whenAllIsBack, halfClose, inTheMiddle, abort };

class Client : public Protocol, public HalfCloseableProtocol {
 public:
  explicit Client(Run& run)
      : run_(run),
        ending_(static_cast<Ending>(run.random.below(4))),
        size_(run.random.below(run.random.chance(0.1) ? 1'000'000 : 50'000)),
        stopAt_(run.random.below(size_ + 1)),
        stream_(run, "what the echo sends back"),
        producer_(run, "the client's producer") {
    producer_.whenResumed = [this] { produce(); };
  }

  void connectionMade() override {
    transport().registerProducer(producer_);
    produce();
    pauseNowAndThen();
  }
  void dataReceived(BytesView data) override {
    stream_.received(data);
    if (ending_ == Ending::inTheMiddle || ending_ == Ending::abort) {
      if (stream_.bytesReceived() < stopAt_) return;
      ending_ == Ending::abort ? transport().abortConnection() : lose();
    } else if (ending_ == Ending::whenAllIsBack && stream_.bytesReceived() == size_) {
      lose();
    }
  }
  void readConnectionLost() override { lose(); }
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override {
    pause_.cancelIfActive();
    if (reason.check<ConnectionDone>() && ending_ != Ending::inTheMiddle) stream_.expectAll();
    // Who stops reading an echo, and has more for it, waits in vain for it to take that.
    run_.expect(!reason.check<CloseTimeout>() || ending_ == Ending::inTheMiddle,
                "a client that reads on could not close");
  }

 private:
  /// Writes until told to wait, or until all is written.
  void produce() {
    while (!producer_.paused() && !producer_.stopped() && stream_.bytesSent() < size_) {
      const std::size_t most = run_.random.chance(0.2) ? 100'000 : 5'000;
      transport().write(
          stream_.next(std::min(size_ - stream_.bytesSent(), 1 + run_.random.below(most))));
    }
    if (stream_.bytesSent() < size_ || producer_.stopped()) return;
    transport().unregisterProducer();
    if (ending_ == Ending::halfClose) transport().loseWriteConnection();
    if (size_ == 0 && ending_ != Ending::halfClose) lose();
  }
  void lose() {
    transport().unregisterProducer();
    transport().loseConnection();
  }
  void pauseNowAndThen() {
    const bool pause = run_.random.chance(0.5);
    pause ? transport().pauseProducing() : transport().resumeProducing();
    pause_ = transport().clock().callLater(run_.random.upTo(2s), [this] { pauseNowAndThen(); });
  }

  Run& run_;
  Ending ending_;
  std::uint64_t size_;
  std::uint64_t stopAt_;
  StreamCheck stream_;
  ProducerWatch producer_;
  DelayedCall pause_;
};

/// Both ends of the connections, watched.
template <class Base, class Made>
class Watching : public Base {
 public:
  Watching(Run& run, const char* name, std::size_t mostBuffered)
      : run_(run), name_(name), mostBuffered_(mostBuffered) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    ConnectionWatch& watch = run_.watch(fmt::format("{} {}", name_, ++count_));
    watch.limitBuffer(mostBuffered_);
    watch.allowReasons({"plait::ConnectionDone", "plait::ConnectionAborted",
                        "plait::ConnectionLost", "plait::CloseTimeout"});
    if constexpr (std::is_same_v<Made, Client>) {
      return std::make_shared<WatchedStream<Client>>(watch, run_);
    } else {
      return std::make_shared<WatchedStream<Made>>(watch);
    }
  }

 private:
  Run& run_;
  const char* name_;
  std::size_t mostBuffered_;
  int count_ = 0;
};

}  // namespace

void echo(Run& run) {
  const bool broken = run.random.chance(0.5);
  TransportOptions transport;
  transport.highWaterMark = 1 + run.random.below(100'000);
  transport.lowWaterMark = run.random.below(transport.highWaterMark);
  testing::SimulatedHost& server = run.network.addHost("server");
  const auto port = server.listenTCP(kPort,
                                     std::make_shared<Watching<Factory, Echo>>(
                                         run, "the echo", transport.highWaterMark + kLargestRead),
                                     {.transport = transport});
  const std::uint64_t hosts = 1 + run.random.below(3);
  for (std::uint64_t i = 0; i < hosts; ++i) {
    testing::SimulatedHost& client = run.network.addHost(fmt::format("client {}", i));
    run.network.setLink(server, client,
                        broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
    const auto factory = std::make_shared<Watching<ClientFactory, Client>>(
        run, "a client", transport.highWaterMark + 100'000);
    for (std::uint64_t n = 1 + run.random.below(4); n > 0; --n) {
      client.connectTCP("server", kPort, factory, {.transport = transport});
    }
  }
  run.network.runFor(1h);
  port->stopListening();
}

}  // namespace plait::sim
