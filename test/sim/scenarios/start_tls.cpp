#include <deque>
#include <plait/core/errors.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/start_tls.hpp>

#include "../../fuzz/support/repeatable_random.hpp"
#include "../../unit/support/test_certificates.hpp"
#include "../support/connection_watch.hpp"
#include "../support/making.hpp"
#include "all_scenarios.hpp"

/// Clients and a server begin in plain text, agree on TLS, and go on with it: lines before and
/// behind the change are answered, in order and once, and those behind it never travel in plain
/// text. Connections that end cleanly end so for both.
namespace plait::sim {

namespace {

constexpr std::uint16_t kPort = 4003;

class Answering : public Watched<LineReceiver> {
 public:
  Answering(Run& run, std::shared_ptr<TLSContext> context)
      : Watched(run.watch("the server"), LineOptions{.maxLength = 70'000}),
        context_(std::move(context)) {}

  void lineReceived(BytesView line) override {
    const auto call = received();
    if (line == "STARTTLS") {
      sendLine("go ahead");
      return startTLS(*this, context_);
    }
    sendLine(line);
    if (line == "bye") transport().loseConnection();
  }

 private:
  std::shared_ptr<TLSContext> context_;
};

class Asking : public Watched<LineReceiver>, public HandshakeListener {
 public:
  Asking(Run& run, std::shared_ptr<TLSContext> context)
      : Watched(run.watch("a client"), LineOptions{.maxLength = 70'000}),
        run_(run),
        context_(std::move(context)),
        serverEnds_(run.random.chance(0.5)) {}

  void connectionMade() override {
    Watched::connectionMade();
    askSome(5);
    ask("STARTTLS", "go ahead");
  }
  void handshakeCompleted() override { secure_ = true; }
  void lineReceived(BytesView line) override {
    const auto call = received();
    if (!run_.expect(!waiting_.empty(), "an answer came, and nothing was asked")) return;
    run_.expect(line == waiting_.front(), "answer {} is not what it must be", answered_++);
    waiting_.pop_front();
    if (line == "go ahead") return goOn();
    if (begun_) run_.expect(secure_, "a line came before the handshake was over");
    if (waiting_.empty() && begun_ && !serverEnds_) transport().loseConnection();
  }
  void connectionLost(const Failure& reason) override {
    Watched::connectionLost(reason);
    if (!reason.check<ConnectionDone>()) return;
    run_.expect(waiting_.empty() && secure_, "closed cleanly, with {} answers to come",
                waiting_.size());
  }

 private:
  void goOn() {
    startTLS(*this, context_);
    begun_ = true;
    askSome(30);
    if (serverEnds_) ask("bye", "bye");
    if (waiting_.empty()) ask("one at least", "one at least");
  }
  void askSome(std::uint64_t most) {
    for (std::uint64_t n = run_.random.below(most + 1); n > 0; --n) {
      const Bytes line(run_.random.below(run_.random.chance(0.1) ? 60'000 : 200),
                       static_cast<char>('a' + n % 26));
      ask(line, line);
    }
  }
  void ask(BytesView line, BytesView answer) {
    waiting_.emplace_back(answer);
    sendLine(line);
  }

  Run& run_;
  std::shared_ptr<TLSContext> context_;
  std::deque<Bytes> waiting_;  // the answers, as they must be
  std::uint64_t answered_ = 0;
  bool serverEnds_;
  bool begun_ = false, secure_ = false;
};

}  // namespace

void startTLSOnTheWay(Run& run) {
  static const auto& certificate = testing::testServerCertificate();
  const auto version = run.random.chance(0.5) ? TLSVersion::TLSv1_2 : TLSVersion::TLSv1_3;
  const auto serverContext = serverTLS({.certificates = {certificate}});
  const auto clientContext = optionsForClientTLS(
      "localhost", {.trust = testing::testAuthority().trust(), .maximumVersion = version});

  // The same numbers for the same seed: what OpenSSL draws has a size on the wire.
  fuzz::RepeatableRandom::restart(fuzz::End::server);
  fuzz::RepeatableRandom::drawsNow(fuzz::End::server);

  testing::SimulatedHost& server = run.network.addHost("server");
  testing::SimulatedHost& client = run.network.addHost("client");
  const bool broken = run.random.chance(0.4);
  run.network.setLink(server, client,
                      broken ? testing::brokenLink(run.random) : testing::roughLink(run.random));
  const auto port = server.listenTCP(
      kPort, serversMadeBy([&] { return std::make_shared<Answering>(run, serverContext); }));
  const auto factory = clientsMadeBy([&] { return std::make_shared<Asking>(run, clientContext); });
  for (std::uint64_t n = 1 + run.random.below(3); n > 0; --n) {
    client.connectTCP("server", kPort, factory);
  }
  run.network.runFor(2h);
  port->stopListening();
}

}  // namespace plait::sim
