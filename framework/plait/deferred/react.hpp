#pragma once

#include <plait/core/log.hpp>
#include <plait/core/reactor_core.hpp>
#include <plait/deferred/deferred.hpp>
#include <tuple>

/// Running a program's main function on a reactor. Twisted: `twisted.internet.task`.
namespace plait::task {

/// What main fails with to end the program with this exit status, quietly. Python: `SystemExit`.
struct SystemExit : Error {
  explicit SystemExit(int code = 0);
  int code;
};

namespace detail {

using MainFunction = UniqueFunction<Deferred<int>()>;

int react(ReactorCore& reactor, Log& log, MainFunction main);

/// The exit status that a main's result stands for.
template <class Call>
Deferred<int> exitStatus(Call&& call) {
  using R = std::decay_t<decltype(call())>;
  static_assert(std::is_void_v<R> || std::is_same_v<R, int> || std::is_same_v<R, Deferred<void>> ||
                    std::is_same_v<R, Deferred<int>>,
                "main returns nothing or its exit status, at once or in a Deferred");
  auto result = maybeDeferred(call);
  if constexpr (std::is_same_v<decltype(result), Deferred<void>>) {
    return result.addCallback([] { return 0; });
  } else {
    return result;
  }
}

}  // namespace detail

/// Runs the reactor for as long as `main` takes; returns the exit status.
///
///     plait::Deferred<void> program(plait::Reactor& reactor) {
///       co_await plait::deferLater(reactor, 1s);
///     }
///     int main() {
///       plait::Reactor reactor;
///       return plait::task::react(reactor, program);
///     }
///
/// When the reactor runs, calls `main(reactor, args...)`, which may be a coroutine. When that has
/// ended, or its Deferred has fired, stops the reactor. The status is
///
///  * what main returned: nothing or a `Deferred<void>` is 0, an int or `Deferred<int>` its value;
///  * the code of a SystemExit that it failed with;
///  * 1 for any other failure, which is logged at `critical` in `reactor.log()`.
///
/// When the reactor is stopped before that, by a signal or by `stop()`, main's Deferred is
/// cancelled in the phase "before shutdown", and the phase waits until it has fired: main can wind
/// up with all I/O alive. If CancelledError is what it fails with then, the status is 0; if it ends
/// in another way, as above; if the reactor stops without waiting (a second signal), 1, with a
/// message at `critical`. (Twisted does not cancel it, and gives 0.)
///
/// `R` is a ReactorCore with a `Log& log()`. ReactorAlreadyRunning when it runs already. Main and
/// its arguments are kept until it has ended. Twisted: `task.react`, which exits the process.
template <class R, class Main, class... Args>
int react(R& reactor, Main main, Args... args) {
  return detail::react(
      reactor, reactor.log(),
      [&reactor, main = std::move(main), args = std::tuple(std::move(args)...)]() mutable {
        return std::apply(
            [&](Args&... each) {
              return detail::exitStatus([&] { return main(reactor, std::move(each)...); });
            },
            args);
      });
}

}  // namespace plait::task
