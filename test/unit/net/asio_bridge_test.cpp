#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <plait/net/asio.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

namespace asio = boost::asio;
using boost::system::system_error;

class AsioBridge : public NetTest {
 protected:
  /// Runs until the Deferred has fired; gives its result.
  template <class T>
  Result<T> resultOf(const Deferred<T>& deferred) {
    std::optional<Result<T>> result;
    deferred.addBoth([&](Result<T> r) { result.emplace(std::move(r)); });
    runUntil([&] { return result.has_value(); });
    return std::move(*result);
  }

  asio::io_context& context = ioContext(reactor);
};

TEST_F(AsioBridge, ATimerIsADeferred) {
  asio::steady_timer timer(context, 1ms);
  EXPECT_TRUE(resultOf(timer.async_wait(useDeferred)).success());
}

TEST_F(AsioBridge, AResolverIsADeferredOfItsResults) {
  asio::ip::tcp::resolver resolver(context);
  const auto results = resultOf(resolver.async_resolve("127.0.0.1", "80", useDeferred));
  ASSERT_EQ(results.value().size(), 1u);
  EXPECT_EQ(results.value().begin()->endpoint().port(), 80);
}

TEST_F(AsioBridge, AnErrorCodeIsAFailure) {
  asio::ip::tcp::socket socket(context);
  const auto result = resultOf(socket.async_connect(
      asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), unusedPort()), useDeferred));
  ASSERT_FALSE(result.success());
  const auto* error = result.failure().check<system_error>();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), asio::error::connection_refused);
}

TEST_F(AsioBridge, CancellingCancelsTheOperation) {
  asio::steady_timer timer(context, 1h);
  const auto waiting = timer.async_wait(useDeferred);
  waiting.cancel();
  EXPECT_TRUE(resultOf(waiting).failure().check<CancelledError>());
  runWhatIsReady();
  EXPECT_EQ(timer.cancel(), 0u) << "somebody still waits for the timer";
}

TEST_F(AsioBridge, WhatCannotBeCancelledIsIgnored) {
  bool ignored = false;
  {
    asio::ip::tcp::resolver resolver(context);
    const auto names = resolver.async_resolve("localhost", "80", useDeferred);
    names.cancel();
    names.addErrback([&](const Failure& why) {
      ignored = why.check<CancelledError>();
      return asio::ip::tcp::resolver::results_type();
    });
  }
  EXPECT_TRUE(ignored);
  runWhatIsReady();
}

TEST_F(AsioBridge, SeveralValuesAreATuple) {
  const auto operation = [this](auto&& token) {
    return asio::async_initiate<decltype(token), void(boost::system::error_code, int, std::string)>(
        [this](auto handler) {
          asio::post(context, asio::append(std::move(handler), boost::system::error_code(), 7,
                                           std::string("seven")));
        },
        token);
  };
  const auto result = resultOf(operation(useDeferred));
  EXPECT_EQ(result.value(), std::make_tuple(7, std::string("seven")));
}

asio::awaitable<std::unique_ptr<int>> answer(int n) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
  co_await timer.async_wait(asio::use_awaitable);
  if (n == 0) throw std::range_error("no answer");
  co_return std::make_unique<int>(n);
}

TEST_F(AsioBridge, AnAwaitableIsADeferred) {
  const auto result = resultOf(asio::co_spawn(context, answer(42), useDeferred));
  EXPECT_EQ(*result.value(), 42);
}

TEST_F(AsioBridge, AnAwaitableFailsWithWhatItThrows) {
  const auto result = resultOf(asio::co_spawn(context, answer(0), useDeferred));
  EXPECT_TRUE(result.failure().check<std::range_error>());
}

asio::awaitable<void> sleepLong(bool& cancelled) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const system_error& error) {
    cancelled = error.code() == asio::error::operation_aborted;
    throw;
  }
}

TEST_F(AsioBridge, CancellingReachesIntoAnAwaitable) {
  bool cancelled = false;
  const auto spawned = asio::co_spawn(context, sleepLong(cancelled), useDeferred);
  runWhatIsReady();
  spawned.cancel();
  runUntil([&] { return cancelled; });
  EXPECT_TRUE(resultOf(spawned).failure().check<CancelledError>());
}

template <class T>
asio::awaitable<T> await(Reactor& reactor, Deferred<T> deferred) {
  co_return co_await asyncResult(reactor, std::move(deferred), asio::use_awaitable);
}

TEST_F(AsioBridge, ADeferredCanBeAwaitedInAnAwaitable) {
  Deferred<std::string> deferred;
  const auto result = asio::co_spawn(context, await(reactor, deferred), useDeferred);
  runWhatIsReady();
  EXPECT_FALSE(result.called());
  deferred.callback("there");
  EXPECT_EQ(resultOf(result).value(), "there");
}

TEST_F(AsioBridge, ADeferredThatHasFiredToo) {
  EXPECT_TRUE(resultOf(asio::co_spawn(context, await(reactor, succeed()), useDeferred)).success());
}

TEST_F(AsioBridge, AFailureIsThrownIntoAnAwaitable) {
  const auto failed = fail<int>(std::range_error("too far"));
  const auto result = resultOf(asio::co_spawn(context, await(reactor, failed), useDeferred));
  EXPECT_TRUE(result.failure().check<std::range_error>());
}

TEST_F(AsioBridge, CancellingAnAwaitableCancelsTheDeferredItAwaits) {
  bool asked = false;
  Deferred<int> deferred([&](Deferred<int>&) { asked = true; });
  const auto spawned = asio::co_spawn(context, await(reactor, deferred), useDeferred);
  runWhatIsReady();
  spawned.cancel();
  runWhatIsReady();
  EXPECT_TRUE(asked);
  EXPECT_TRUE(resultOf(spawned).failure().check<CancelledError>());
}

TEST_F(AsioBridge, AnAwaitableEndsWithTheDeferredThatNobodyFires) {
  std::weak_ptr<int> alive;
  {
    auto kept = std::make_shared<int>(1);
    alive = kept;
    Deferred<void> never;
    const auto waiting = [](Reactor& on, Deferred<void> deferred,
                            std::shared_ptr<int>) -> asio::awaitable<void> {
      co_await asyncResult(on, std::move(deferred), asio::use_awaitable);
    };
    asio::co_spawn(context, waiting(reactor, never, std::move(kept)), useDeferred);
    runWhatIsReady();
    EXPECT_FALSE(alive.expired());
  }
  runWhatIsReady();  // Asio unwinds awaitables from the loop
  EXPECT_TRUE(alive.expired());
}

TEST_F(AsioBridge, ADeferredTakesAPlainHandlerToo) {
  Deferred<int> deferred = succeed(3);
  int got = 0;
  asyncResult(reactor, deferred, [&](std::exception_ptr error, int value) {
    EXPECT_FALSE(error);
    got = value;
  });
  EXPECT_EQ(got, 0) << "called from inside of what starts it";
  runWhatIsReady();
  EXPECT_EQ(got, 3);
}

TEST_F(AsioBridge, ACoroutineMixesBoth) {
  const auto mixed = [](Reactor& on) -> Deferred<int> {
    asio::steady_timer timer(ioContext(on), 1ms);
    co_await timer.async_wait(useDeferred);
    const auto n = co_await asio::co_spawn(ioContext(on), answer(20), useDeferred);
    timer.expires_after(1h);
    auto timeout = timer.async_wait(useDeferred).addTimeout(1ms, on);
    try {
      co_await timeout;
    } catch (const TimeoutError&) {
      co_return *n + 1;
    }
    co_return 0;
  };
  EXPECT_EQ(resultOf(mixed(reactor)).value(), 21);
}

TEST_F(AsioBridge, WhatIsUnderWayMayOutliveTheReactor) {
  asio::io_context outer;
  Deferred<void> waiting;
  asio::steady_timer timer(outer, 1h);
  {
    Reactor onOuter(outer, {.installSignalHandlers = false});
    waiting = timer.async_wait(useDeferred);
  }
  waiting.cancel();
  waiting.addErrback([](const Failure&) {});
  outer.poll();
}

}  // namespace
}  // namespace plait::testing
