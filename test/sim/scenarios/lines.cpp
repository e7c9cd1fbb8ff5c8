#include <algorithm>
#include <deque>
#include <numeric>
#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>

#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// Clients send lines, and raw data between them, without waiting for the answers; some say
/// goodbye, some go on to a line that is too long. However it is all cut on the way: every line and
/// every raw byte is answered once and in order, and what comes behind the last one never.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4001;

unsigned sumOf(BytesView bytes, unsigned before) {
  return std::accumulate(bytes.begin(), bytes.end(), before, [](unsigned sum, char byte) {
    return sum * 31 + static_cast<unsigned char>(byte);
  });
}

Bytes rawAnswer(unsigned sum) {
  return fmt::format("raw {}", sum);
}

/// Sends lines back, and of raw data a sum.
class Answering : public Watched<LineReceiver> {
 public:
  using Watched::Watched;

  void lineReceived(BytesView line) override {
    const auto call = received();
    if (line.starts_with("raw ")) {
      rawLeft_ = std::stoul(Bytes(line.substr(4)));
      sum_ = 0;
      setRawMode();
      return;
    }
    sendLine(line);
    if (line == "bye") transport().loseConnection();
  }
  void rawDataReceived(BytesView data) override {
    const auto call = received();
    const BytesView mine = data.substr(0, rawLeft_);
    rawLeft_ -= mine.size();
    sum_ = sumOf(mine, sum_);
    if (rawLeft_ != 0) return;
    sendLine(rawAnswer(sum_));
    setLineMode(data.substr(mine.size()));
  }
  void lineLengthExceeded(BytesView rest) override {
    const auto call = received();
    LineReceiver::lineLengthExceeded(rest);
  }

 private:
  std::size_t rawLeft_ = 0;
  unsigned sum_ = 0;
};

class Asking : public Watched<LineReceiver> {
 public:
  Asking(Run& run, const LineOptions& options)
      : Watched(run.watch("a client"), options),
        run_(run),
        maxLength_(options.maxLength),
        toAsk_(1 + run.random.below(100)) {}

  void connectionMade() override {
    Watched::connectionMade();
    askSome();
  }
  void lineReceived(BytesView line) override {
    const auto call = received();
    if (!run_.expect(!waiting_.empty(), "an answer came, and nothing was asked")) return;
    run_.expect(line == waiting_.front(), "answer {} is not what it must be", answered_++);
    waiting_.pop_front();
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    next_.cancelIfActive();
    if (!reason.check<ConnectionDone>()) return;
    run_.expect(waiting_.empty() && ended_, "closed cleanly with {} answers to come",
                waiting_.size());
  }

 private:
  void askSome() {
    for (std::uint64_t n = run_.random.below(20); n > 0 && toAsk_ > 0; --n, --toAsk_) ask();
    if (toAsk_ == 0) return end();
    next_ = transport().clock().callLater(run_.random.upTo(500ms), [this] { askSome(); });
  }
  void ask() {
    if (run_.random.chance(0.2)) return askRaw();
    Bytes line(run_.random.below(run_.random.chance(0.1) ? maxLength_ + 1 : 100), 'x');
    for (char& c : line) c = static_cast<char>('A' + run_.random.below(26));
    waiting_.push_back(line);
    sendLine(line);
  }
  void askRaw() {
    Bytes data(1 + run_.random.below(run_.random.chance(0.1) ? 200'000 : 1000), '\0');
    for (char& c : data) c = static_cast<char>(run_.random.next());
    waiting_.push_back(rawAnswer(sumOf(data, 0)));
    sendLine(fmt::format("raw {}", data.size()));
    transport().write(std::move(data));
  }
  /// The server closes, for one reason or the other; nothing behind that is answered.
  void end() {
    ended_ = true;
    if (run_.random.chance(0.5)) {
      waiting_.push_back("bye");
      sendLine("bye");
    } else {
      sendLine(Bytes(maxLength_ + 1, 'y'));
    }
    sendLine("too late");
  }

  Run& run_;
  std::size_t maxLength_;
  std::uint64_t toAsk_;
  std::uint64_t answered_ = 0;
  std::deque<Bytes> waiting_;  // the answers, as they must be
  bool ended_ = false;
  DelayedCall next_;
};

}  // namespace

void lines(Run& run) {
  testing::SimulatedHost& server = run.network.addHost("server");
  testing::SimulatedHost& client = run.network.addHost("client");
  const bool broken = run.random.chance(0.3);
  run.network.setLink(server, client,
                      broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
  const LineOptions options{.delimiter = run.random.chance(0.5) ? "\r\n" : "\n",
                            .maxLength = 200 + run.random.below(20'000)};
  const auto port =
      server.listenTCP(kPort, serversMadeBy([&run, options] {
                         return std::make_shared<Answering>(run.watch("the server"), options);
                       }));
  const auto factory =
      clientsMadeBy([&run, options] { return std::make_shared<Asking>(run, options); });
  for (std::uint64_t n = 1 + run.random.below(5); n > 0; --n) {
    client.connectTCP("server", kPort, factory);
  }
  run.network.runFor(1h);
  port->stopListening();
}

}  // namespace plait::sim
