#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <plait/core/client_factory.hpp>
#include <plait/core/log.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/reactor.hpp>

#include "support/failing_allocations.hpp"

/// What the tests are made of in which each allocation fails in turn. None of it allocates while
/// it looks on.
namespace plait::testing {

/// What the ends of connections were told; outlives them.
struct Tally {
  int made = 0;
  int lost = 0;
};

/// Notes what it is told, in a Tally, without allocating.
template <class P>
struct Tallied : P {
  explicit Tallied(Tally& tally) : tally(tally) {}
  void connectionMade() override {
    ++tally.made;
    P::connectionMade();
  }
  void connectionLost(const Failure& reason) override {
    ++tally.lost;
    P::connectionLost(reason);
  }
  Tally& tally;
};

struct Talker : Protocol {
  void connectionMade() override { transport().write(Bytes(100'000, 'x')); }
  void dataReceived(BytesView data) override {
    received += data.size();
    if (received >= 100'000) transport().loseConnection();
  }
  std::size_t received = 0;
};
struct Echoer : Protocol {
  void dataReceived(BytesView data) override { transport().write(data); }
};
/// Runs `scenario` with its first allocation failing, its second, and so on until it makes fewer.
template <class Scenario>
void failEachAllocation(Scenario scenario) {
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE(fmt::format("allocation {}", nth));
    if (!scenario(nth) || ::testing::Test::HasFailure()) return;
    ASSERT_LT(nth, 100'000u);
  }
}

inline Log& quiet() {
  static Log log(LogLevel::error);
  return log;
}

/// Counts what becomes of attempts to connect.
struct Clients : ClientFactory {
  explicit Clients(Tally& tally) : tally(tally) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<Tallied<Talker>>(tally);
  }
  void clientConnectionFailed(Connector&, const Failure&) override { ++ended; }
  void clientConnectionLost(Connector&, const Failure&) override { ++ended; }
  Tally& tally;
  int ended = 0;
};

/// Runs the reactor until then, also when an exception has come out of it.
template <class Condition>
void runUntil(Reactor& reactor, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "what the test waits for has not come";
      return;
    }
    try {
      ioContext(reactor).run_one_for(std::chrono::milliseconds(1));
    } catch (const std::bad_alloc&) {
    }
  }
}

/// A server and a client on a reactor, with and then without allocations that fail.
class Meeting {
 public:
  using Listen = std::function<std::shared_ptr<ListeningPort>(Reactor&, std::shared_ptr<Factory>)>;
  using Connect = std::function<void(Reactor&, ListeningPort&, std::shared_ptr<ClientFactory>)>;

  Meeting(Listen listen, Connect connect)
      : listen_(std::move(listen)), connect_(std::move(connect)) {
    reactor_.startRunning();
  }

  /// True when there were that many allocations.
  bool withFailure(std::size_t nth) {
    const FailingAllocation failing(nth);
    int begun = 0;
    try {
      port_ = listen_(reactor_, servers_);
      connect_(reactor_, *port_, clients_);
      ++begun;
    } catch (const std::bad_alloc&) {
    }
    runUntil(reactor_, [&] { return clients_->ended >= begun; });
    return failing.happened();
  }
  void withMemoryAgain() {
    if (!port_) port_ = listen_(reactor_, servers_);
    const int before = clients_->ended;
    connect_(reactor_, *port_, clients_);
    runUntil(reactor_, [&] { return clients_->ended > before && served.lost == served.made; });
    EXPECT_LE(clients_->ended, 2);
    EXPECT_GT(served.made, 0);
  }

  Tally served, connected;

 private:
  Listen listen_;
  Connect connect_;
  Reactor reactor_{ReactorOptions{.log = &quiet(), .installSignalHandlers = false}};
  std::shared_ptr<Factory> servers_ = Factory::forProtocol<Tallied<Echoer>>(std::ref(served));
  std::shared_ptr<Clients> clients_ = std::make_shared<Clients>(connected);
  std::shared_ptr<ListeningPort> port_;
};

inline void expectMeetings(const Meeting::Listen& listen, const Meeting::Connect& connect) {
  failEachAllocation([&](std::size_t nth) {
    Meeting meeting(listen, connect);
    const bool happened = meeting.withFailure(nth);
    meeting.withMemoryAgain();
    EXPECT_EQ(meeting.served.lost, meeting.served.made);
    EXPECT_EQ(meeting.connected.lost, meeting.connected.made);
    return happened;
  });
}

}  // namespace plait::testing
