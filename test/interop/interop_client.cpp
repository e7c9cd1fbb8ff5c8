// A crowd of plait clients: interop_client PROTOCOL PORT|PATH CONNECTIONS SEED.
//
// Opens that many connections to an echo of that protocol on the loopback, or at the path of a UNIX
// socket, sends random messages on each in random bursts, checks every echo, and ends each with a
// half close. Prints one line; exits with 1 when anything went wrong.

#include <charconv>
#include <deque>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <random>

namespace {

using plait::Bytes;
using plait::BytesView;

constexpr std::chrono::seconds kDeadline{60};

/// All the connections: what they have in common and how they fared.
struct Crowd {
  Crowd(std::size_t connections, unsigned long seed) : left(connections), random(seed) {}

  std::size_t anyUpTo(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
  }

  void ended() {
    if (--left == 0) stop();
  }
  void failed(std::string what) {
    if (failure.empty()) failure = std::move(what);
    stop();
  }
  void stop() {
    if (std::exchange(stopping, true)) return;
    reactor.callLater(plait::Duration::zero(), [this] { reactor.stop(); });
  }

  // On a loaded machine anything may take long.
  plait::Reactor reactor{plait::ReactorOptions{.stallLimit = plait::Duration::zero()}};
  std::size_t left;
  std::mt19937_64 random;
  std::size_t messages = 0;
  std::size_t bytes = 0;
  std::string failure;
  bool stopping = false;
};

// The protocols, made alike: `send` sends a message, `received` is told of one.

class Lines : public plait::LineReceiver {
 public:
  static constexpr std::size_t kShortest = 0;
  static constexpr std::size_t kLongest = 16384;
  void send(BytesView message) { sendLine(message); }
  virtual void received(BytesView message) = 0;

 private:
  void lineReceived(BytesView line) override { received(line); }
};

template <class Receiver, std::size_t longest>
class Strings : public Receiver {
 public:
  static constexpr std::size_t kShortest = 0;
  static constexpr std::size_t kLongest = longest;
  void send(BytesView message) { this->sendString(message); }
  virtual void received(BytesView message) = 0;

 private:
  void stringReceived(BytesView string) override { received(string); }
};

/// Bytes: a message ends where the next one that is expected begins.
class Plain : public plait::Protocol {
 public:
  static constexpr std::size_t kShortest = 1;  // there is no empty message
  static constexpr std::size_t kLongest = 50'000;
  void send(BytesView message) {
    sizes_.push_back(message.size());
    transport().write(message);
  }
  virtual void received(BytesView message) = 0;

 private:
  void dataReceived(BytesView data) override {
    input_ += data;
    while (!sizes_.empty() && input_.size() >= sizes_.front()) {
      const Bytes message = input_.substr(0, sizes_.front());
      input_.erase(0, message.size());
      sizes_.pop_front();
      received(message);
    }
    if (sizes_.empty() && !input_.empty()) received(input_);  // which nobody expects
  }

  std::deque<std::size_t> sizes_;
  Bytes input_;
};

/// What is said on one connection.
template <class Framing>
class Talker final : public Framing, public plait::HalfCloseableProtocol {
 public:
  explicit Talker(Crowd& crowd) : crowd_(crowd), toSend_(1 + crowd.anyUpTo(24)) {}

  void connectionMade() override { sendBurst(); }

  void received(BytesView message) override {
    if (expected_.empty() || expected_.front() != message) {
      crowd_.failed(fmt::format("a wrong echo of {} bytes", message.size()));
      return this->transport().abortConnection();
    }
    expected_.pop_front();
    ++crowd_.messages;
    crowd_.bytes += message.size();
    if (expected_.empty()) sendBurst();
  }

  void readConnectionLost() override {
    peerClosed_ = true;
    this->transport().loseConnection();
  }

  void writeConnectionLost() override {}

  void connectionLost(const plait::Failure& reason) override {
    if (peerClosed_ && toSend_ == 0 && expected_.empty() && reason.check<plait::ConnectionDone>()) {
      return crowd_.ended();
    }
    crowd_.failed(fmt::format("lost with {} messages unanswered: {}", toSend_ + expected_.size(),
                              reason.getErrorMessage()));
  }

 private:
  /// Some messages at once, often the rest; behind the last one the half close.
  void sendBurst() {
    const std::size_t size = std::min(toSend_, 1 + crowd_.anyUpTo(24));
    for (std::size_t i = 0; i < size; ++i) {
      expected_.push_back(randomMessage());
      this->send(expected_.back());
    }
    toSend_ -= size;
    if (toSend_ == 0) this->transport().loseWriteConnection();
  }

  Bytes randomMessage() {
    constexpr std::size_t kSizes[] = {1, 10, 300, 3000, Framing::kLongest};
    const std::size_t most = std::min(kSizes[crowd_.anyUpTo(4)], Framing::kLongest);
    Bytes message(std::max(crowd_.anyUpTo(most), Framing::kShortest), '\0');
    for (char& c : message) c = static_cast<char>(crowd_.random());
    for (std::size_t at = 0; (at = message.find("\r\n", at)) != Bytes::npos;) message[at] = '.';
    return message;
  }

  Crowd& crowd_;
  std::size_t toSend_;
  std::deque<Bytes> expected_;
  bool peerClosed_ = false;
};

template <class Framing>
class TalkerFactory : public plait::ClientFactory {
 public:
  explicit TalkerFactory(Crowd& crowd) : crowd_(crowd) {}

  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<Talker<Framing>>(crowd_);
  }

  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    crowd_.failed(reason.getErrorMessage());
  }

 private:
  Crowd& crowd_;
};

std::shared_ptr<plait::ClientFactory> makeFactory(BytesView protocol, Crowd& crowd) {
  using plait::Int8StringReceiver, plait::Int16StringReceiver, plait::Int32StringReceiver;
  const auto factory = [&]<class Framing>(std::type_identity<Framing>) {
    return std::make_shared<TalkerFactory<Framing>>(crowd);
  };
  if (protocol == "line") return factory(std::type_identity<Lines>());
  if (protocol == "netstring") {
    return factory(std::type_identity<Strings<plait::NetstringReceiver, 99'999>>());
  }
  if (protocol == "int8") return factory(std::type_identity<Strings<Int8StringReceiver, 255>>());
  if (protocol == "int16")
    return factory(std::type_identity<Strings<Int16StringReceiver, 65'535>>());
  if (protocol == "int32")
    return factory(std::type_identity<Strings<Int32StringReceiver, 99'999>>());
  if (protocol == "echo") return factory(std::type_identity<Plain>());
  throw std::invalid_argument(fmt::format("no protocol '{}'", protocol));
}

unsigned long readNumber(BytesView text) {
  unsigned long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("'{}' is no number", text));
  }
  return number;
}

int run(BytesView protocol, const std::string& place, std::size_t connections, unsigned long seed) {
  Crowd crowd(connections, seed);
  const auto factory = makeFactory(protocol, crowd);
  for (std::size_t i = 0; i < connections; ++i) {
    if (place.starts_with('/')) {
      crowd.reactor.connectUNIX(place, factory);
    } else {
      crowd.reactor.connectTCP("127.0.0.1", static_cast<std::uint16_t>(readNumber(place)), factory);
    }
  }
  crowd.reactor.callLater(kDeadline, [&] { crowd.failed("out of time"); });
  crowd.reactor.run();

  const bool good = crowd.failure.empty();
  fmt::print("{}: {} connections, {} messages, {} bytes{}\n", protocol, connections, crowd.messages,
             crowd.bytes, good ? "" : "; " + crowd.failure);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 5)
      throw std::invalid_argument("usage: interop_client PROTOCOL PORT|PATH CONNECTIONS SEED");
    return run(argv[1], argv[2], readNumber(argv[3]), readNumber(argv[4]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
