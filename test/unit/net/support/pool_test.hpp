#pragma once

#include <poll.h>

#include <atomic>
#include <future>
#include <mutex>
#include <plait/net/reactor_pool.hpp>
#include <thread>

#include "support/net_test.hpp"

namespace plait::testing {

/// What the factories of a pool's reactors count together.
struct Count {
  std::atomic<int> factories = 0, started = 0, stopped = 0, made = 0, lost = 0, strayed = 0;
};

/// Says which reactor it is on, then echoes. Counts callbacks on other threads than its reactor's.
class Teller : public Protocol {
 public:
  Teller(ReactorPool& pool, Count& count) : pool_(pool), count_(count) {}

  void connectionMade() override {
    home_ = pool_.current();
    ++count_.made;
    transport().write(home_ ? fmt::format("{}\n", *home_) : "nowhere\n");
  }
  void dataReceived(BytesView data) override {
    check();
    transport().write(data);
  }
  void connectionLost(const Failure&) override {
    check();
    ++count_.lost;
  }

 private:
  void check() {
    if (pool_.current() && pool_.current() != home_) ++count_.strayed;
  }

  ReactorPool& pool_;
  Count& count_;
  std::optional<std::size_t> home_;
};

/// Makes Tellers, for one reactor or for all.
class TellerFactory : public Factory {
 public:
  TellerFactory(ReactorPool& pool, Count& count) : pool_(pool), count_(count) {
    ++count_.factories;
  }
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::make_shared<Teller>(pool_, count_);
  }
  void startFactory() override { ++count_.started; }
  void stopFactory() override { ++count_.stopped; }

 private:
  ReactorPool& pool_;
  Count& count_;
};

/// The raw end of a connection, used from the test's thread, which may wait.
class PoolPeer : public RawPeer {
 public:
  using RawPeer::RawPeer;

  /// Waits for a line; returns it without its end. "" when the connection ends before.
  Bytes line() {
    for (;;) {
      const std::size_t end = received.find('\n');
      if (end != Bytes::npos) {
        Bytes found = received.substr(0, end);
        received.erase(0, end + 1);
        return found;
      }
      if (!wait()) return {};
    }
  }
  /// Sends `data`, and waits until it has come back.
  void expectEcho(BytesView data) {
    send(data);
    while (received.size() < data.size() && wait()) {
    }
    EXPECT_EQ(received.substr(0, data.size()), data);
    received.erase(0, data.size());
  }

 private:
  bool wait() {
    pollfd readable{socket(), POLLIN, 0};
    if (::poll(&readable, 1, 20'000) == 1) {
      receive();
      return !eof() && error() == 0;
    }
    ADD_FAILURE() << "nothing comes";
    return false;
  }
};

/// Waits for `done`, from a thread that is not the pool's.
inline bool cameTrue(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "what the test waits for has not come";
      return false;
    }
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A pool with a captured log.
class PoolTest : public ::testing::Test {
 protected:
  ReactorPoolOptions options(std::size_t reactors, Spread spread = Spread::reusePort) {
    return {.reactors = reactors,
            .spread = spread,
            .reactor = {.log = &captured.log, .installSignalHandlers = false}};
  }
  std::shared_ptr<Factory> tellers(ReactorPool& pool) {
    return std::make_shared<TellerFactory>(pool, count);
  }
  std::shared_ptr<ListeningPort> listen(ReactorPool& pool, std::shared_ptr<Factory> factory) {
    return pool.listenTCP(0, std::move(factory), {.interface = "127.0.0.1"});
  }
  std::shared_ptr<ListeningPort> listen(ReactorPool& pool) { return listen(pool, tellers(pool)); }

  /// Runs `call` on that reactor's thread; waits for it, and gives or throws what it does.
  template <class F>
  static auto on(ReactorPool& pool, std::size_t index, F call) {
    std::packaged_task<std::invoke_result_t<F&>()> task(std::move(call));
    auto result = task.get_future();
    pool.callFromThread(index, [&task] { task(); });
    EXPECT_EQ(result.wait_for(kPatience), std::future_status::ready);
    return result.get();
  }
  static void stopAndJoin(ReactorPool& pool) {
    pool.stop();
    pool.join();
  }

  CapturedLog captured;
  Count count;
};

}  // namespace plait::testing
