#include <plait/core/errors.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/portforward/port_forward.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "../support/producer_watch.hpp"
#include "../support/stream_check.hpp"
#include "all_scenarios.hpp"

/// Clients talk with a server through a host that forwards. Both sides send as fast as they may,
/// and close their sending halves; each byte of one comes to the other, in order and once, and all
/// of them where nothing breaks. The host between holds back no more than it may.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4002;
constexpr std::size_t kLargestRead = 64 * 1024;

/// What two that talk have sent to each other. The server's end learns whose it is from the first
/// byte that comes.
struct Talk {
  Talk(Run& run, std::uint64_t number)
      : toServer(run, fmt::format("to the server, of client {}", number)),
        toClient(run, fmt::format("to client {}", number)) {}
  StreamCheck toServer, toClient;
};

/// Either end.
class Talker : public Protocol, public HalfCloseableProtocol {
 public:
  explicit Talker(Run& run)
      : run_(run), size_(run.random.below(100'000)), producer_(run, "a talker's producer") {
    producer_.whenResumed = [this] { produce(); };
  }

  void readConnectionLost() override {
    ended_ = true;
    if (done_) transport().loseConnection();
  }
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override {
    if (pause_.active()) pause_.cancel();
    if (!in_ || !reason.check<ConnectionDone>()) return;
    run_.expect(ended_, "closed cleanly before the end of file");
  }

 protected:
  void begin(StreamCheck& out, StreamCheck& in) {
    out_ = &out;
    in_ = &in;
    transport().registerProducer(producer_);
    produce();
    pauseNowAndThen();
  }
  void take(BytesView data) { in_->received(data); }

 private:
  void produce() {
    while (!producer_.paused() && !producer_.stopped() && left() > 0) {
      transport().write(out_->next(std::min(left(), 1 + run_.random.below(20'000))));
    }
    if (left() > 0 || producer_.stopped() || done_) return;
    done_ = true;
    transport().unregisterProducer();
    if (ended_) return transport().loseConnection();
    transport().loseWriteConnection();
  }
  std::uint64_t left() const { return size_ - out_->bytesSent(); }
  void pauseNowAndThen() {
    if (transport().disconnecting()) return;
    const bool pause = !paused_ && run_.random.chance(0.5);
    paused_ = pause;
    pause ? transport().pauseProducing() : transport().resumeProducing();
    pause_ = transport().clock().callLater(run_.random.upTo(3s), [this] { pauseNowAndThen(); });
  }

  Run& run_;
  std::uint64_t size_;
  StreamCheck* out_ = nullptr;
  StreamCheck* in_ = nullptr;
  ProducerWatch producer_;
  DelayedCall pause_;
  bool paused_ = false, ended_ = false, done_ = false;
};

using Talks = std::vector<std::unique_ptr<Talk>>;

/// Says first who it is, in one byte.
class Client : public Talker {
 public:
  Client(Run& run, Talks& talks) : Talker(run), talks_(talks) {}

  void connectionMade() override {
    transport().write(BytesView("0123456789").substr(talks_.size(), 1));
    Talk& talk = *talks_.back();
    begin(talk.toServer, talk.toClient);
  }
  void dataReceived(BytesView data) override { take(data); }

 private:
  Talks& talks_;
};

class Server : public Talker {
 public:
  Server(Run& run, Talks& talks) : Talker(run), talks_(talks) {}

  void dataReceived(BytesView data) override {
    if (!begun_) {
      begun_ = true;
      Talk& talk = *talks_[static_cast<std::size_t>(data.front() - '0') - 1];
      data.remove_prefix(1);
      begin(talk.toClient, talk.toServer);
    }
    if (!data.empty()) take(data);
  }
  void readConnectionLost() override {
    if (!begun_) return transport().loseConnection();
    Talker::readConnectionLost();
  }

 private:
  Talks& talks_;
  bool begun_ = false;
};

}  // namespace

void portForward(Run& run) {
  const bool broken = run.random.chance(0.4);
  Talks talks;
  testing::SimulatedHost& server = run.network.addHost("server");
  testing::SimulatedHost& between = run.network.addHost("between");
  testing::SimulatedHost& client = run.network.addHost("client");
  const auto link = [&] {
    return broken ? testing::brokenLink(run.random) : testing::roughLink(run.random);
  };
  run.network.setLink(server, between, link());
  run.network.setLink(between, client, link());

  // Progress of one half of the way may take the time of the other's.
  TransportOptions transport{.closeTimeout = 1h};
  transport.highWaterMark = 1 + run.random.below(100'000);
  const auto serverPort = server.listenTCP(kPort, serversMadeBy([&] {
                                             return std::make_shared<WatchedStream<Server>>(
                                                 run.watch("the server"), run, talks);
                                           }),
                                           {.transport = {.closeTimeout = transport.closeTimeout}});
  const auto target = std::make_shared<HostnameEndpoint>(
      between, "server", kPort, HostnameOptions{.timeout = 20s, .transport = transport});
  const auto forward = between.listenTCP(
      kPort, std::make_shared<PortForwardFactory>(target, between.log()), {.transport = transport});
  const auto factory = clientsMadeBy([&] {
    talks.push_back(std::make_unique<Talk>(run, talks.size()));
    return std::make_shared<WatchedStream<Client>>(run.watch("a client"), run, talks);
  });
  for (std::uint64_t n = 1 + run.random.below(4); n > 0; --n) {
    client.connectTCP("between", kPort, factory, {.transport = transport});
  }
  run.network.runFor(2h);
  if (!broken) {
    for (const auto& talk : talks) {
      talk->toServer.expectAll();
      talk->toClient.expectAll();
    }
  }
  serverPort->stopListening();
  forward->stopListening();
  run.network.runUntilIdle(1h);
}

}  // namespace plait::sim
