// HostnameEndpoint: whatever is looked up, refused, accepted and cancelled, in any order and at any
// time, the attempt ends once; no address is tried twice, none too soon, none after the end; at
// most one connection is left, and nothing else.
//
// Input: options (see Trial), then what happens, a choice each (see Trial::happen).
#include <algorithm>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <set>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using namespace std::chrono_literals;
using testing::MemoryConnector;

struct Users : Factory {
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    ++built;
    if (refuses) return nullptr;
    return std::make_shared<Protocol>();
  }
  void startFactory() override { ++starts; }
  void stopFactory() override { ++stops; }

  bool refuses = false;
  int built = 0, starts = 0, stops = 0;
};

class Trial {
 public:
  explicit Trial(BytesView input) : choices_(input) {
    if (choices_.flag()) options_.timeout = choices_.upTo(20) * 100ms;
    options_.attemptDelay = choices_.upTo(5) * 100ms;
    options_.resolutionDelay = choices_.upTo(3) * 100ms;
    options_.family = AddressFamily(choices_.upTo(2));
    users_->refuses = choices_.upTo(7) == 7;
    reactor_.listenTCP(80, Factory::forProtocol<Protocol>(), {});
  }

  void run() {
    HostnameEndpoint endpoint(reactor_, "example.com", 80, options_);
    const auto connecting = endpoint.connect(users_).addBoth(
        [this](const Result<std::shared_ptr<Protocol>>& result) { end(result.success()); });
    while (!choices_.empty()) {
      happen(connecting);
      checkAttempts();
    }
    if (!over_) connecting.cancel();
    check(over_, "the attempt does not end");
    check(reactor_.pendingCalls() == 0, "a timer is left");
    check(reactor_.resolver.waiting() == 0, "a lookup is left");
    checkAttempts();
    connections_.clear();
    check(users_->starts == users_->stops, "the factory is not stopped as often as started");
  }

 private:
  using Connecting = Deferred<void>;

  void happen(const Connecting& connecting) {
    switch (choices_.upTo(6)) {
      case 0:
        return reactor_.advance(choices_.upTo(5) * 50ms);
      case 1:
        return withQuestion([this](auto& question) { question.answer(addresses()); });
      case 2:
        return withQuestion([](auto& question) { question.fail(); });
      case 3:
      case 4:
        return withAttempt([this](MemoryConnector& attempt) {
          lastFailed_ = reactor_.now();
          attempt.fail(Failure(ConnectionRefusedError("refused")));
        });
      case 5:
        return withAttempt([this](MemoryConnector& attempt) {
          connections_.push_back(reactor_.accept(attempt, *reactor_.tcpServers[0]));
          if (connections_.back()) connections_.back()->flush();
        });
      case 6:
        if (choices_.upTo(5) == 5) connecting.cancel();
        return;
    }
  }
  template <class Do>
  void withQuestion(Do&& what) {
    for (const auto& question : reactor_.resolver.questions) {
      if (question->waiting() && !choices_.flag()) return what(*question);
    }
  }
  template <class Do>
  void withAttempt(Do&& what) {
    for (const auto& attempt : reactor_.tcpClients) {
      if (attempt->state() == MemoryConnector::State::connecting && !choices_.flag()) {
        const auto keep = attempt;
        return what(*keep);
      }
    }
  }
  std::vector<std::string> addresses() {
    std::vector<std::string> some(choices_.upTo(4));
    for (std::string& one : some) {
      one = choices_.flag() ? "192.0.2." : "2001:db8::";
      one += std::to_string(choices_.upTo(9));
    }
    return some;
  }

  void end(bool success) {
    check(!over_, "the attempt ends twice");
    over_ = true;
    attemptsAtEnd_ = reactor_.tcpClients.size();
    check(users_->built <= 1 && users_->built >= success, "how many protocols were built");
  }

  void checkAttempts() {
    const auto& attempts = reactor_.tcpClients;
    const auto count = [&](MemoryConnector::State state) {
      return std::count_if(attempts.begin(), attempts.end(),
                           [&](const auto& one) { return one->state() == state; });
    };
    check(count(MemoryConnector::State::connected) <= 1, "more than one connection is left");
    if (over_) {
      check(attempts.size() == attemptsAtEnd_, "an address is tried after the end");
      check(count(MemoryConnector::State::connecting) == 0, "attempts go on after the end");
    }
    for (; checked_ < attempts.size(); ++checked_) {
      const std::string host = attempts[checked_]->getDestination().host();
      check(tried_.insert(host).second, "an address is tried twice");
      const TimePoint now = reactor_.now();
      const bool inTurn =
          checked_ == 0 || now - lastTried_ >= options_.attemptDelay || lastFailed_ >= lastTried_;
      check(inTurn, "an address is tried too soon");
      lastTried_ = now;
    }
  }

  Choices choices_;
  Log log_{LogLevel::critical};
  testing::MemoryReactor reactor_{log_};
  std::shared_ptr<Users> users_ = std::make_shared<Users>();
  HostnameOptions options_{.timeout = std::nullopt};
  std::vector<std::unique_ptr<testing::MemoryConnection>> connections_;
  std::set<std::string> tried_;
  TimePoint lastTried_{};
  TimePoint lastFailed_ = TimePoint::min();
  std::size_t checked_ = 0;
  std::size_t attemptsAtEnd_ = 0;
  bool over_ = false;
};

void tryConnecting(BytesView input) {
  Trial(input).run();
}

const Target target("happy_eyeballs", tryConnecting);

}  // namespace
}  // namespace plait::fuzz
