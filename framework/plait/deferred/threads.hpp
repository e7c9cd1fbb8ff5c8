#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <plait/core/reactor_threads.hpp>
#include <plait/deferred/deferred.hpp>
#include <tuple>

/// Blocking work beside the reactor. Twisted: `twisted.internet.threads`.
namespace plait {

namespace detail {

/// Calls and keeps what becomes of it.
template <class F>
auto resultOf(F&& call) -> Result<std::decay_t<std::invoke_result_t<F>>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      call();
      return {};
    } else {
      return call();
    }
  } catch (...) {
    return Failure();
  }
}

/// A result that a thread waits for.
template <class T>
class Rendezvous {
 public:
  void give(Result<T> result) {
    const std::lock_guard lock(mutex_);
    if (result_) return;
    result_.emplace(std::move(result));
    there_.notify_all();
  }
  T wait() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [this] { return result_.has_value(); });
    if constexpr (std::is_void_v<T>) {
      result_->value();
    } else {
      return std::move(*result_).value();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<Result<T>> result_;
};

/// The giver's end: when it goes without having given anything, nothing will come.
template <class T>
class RendezvousGiver {
 public:
  explicit RendezvousGiver(std::shared_ptr<Rendezvous<T>> to) : to_(std::move(to)) {}
  RendezvousGiver(RendezvousGiver&&) = default;
  ~RendezvousGiver() {
    if (to_) to_->give(Failure(CancelledError("the reactor let go of the call")));
  }
  void give(Result<T> result) { to_->give(std::move(result)); }

 private:
  std::shared_ptr<Rendezvous<T>> to_;
};

}  // namespace detail

/// Calls `function(arguments...)` in a thread of the reactor's pool; what it returns or throws
/// becomes the result, on the reactor's thread.
/// Cancelling does not stop it: its result is ignored.
///
///     plait::deferToThread(reactor, hashPassword, password).addCallback(store);
///
/// Thread: the reactor's. Twisted: `deferToThread`.
template <class F, class... Args>
auto deferToThread(ReactorThreads& reactor, F function, Args... arguments) {
  using T = std::decay_t<std::invoke_result_t<F, Args...>>;
  static_assert(!detail::isDeferred<T>, "a Deferred belongs to the reactor's thread");
  // One object, of which only the pointer travels: the Deferred in it is never copied or destroyed
  // in the other thread.
  struct Job {
    Deferred<T> deferred;
    F function;
    std::tuple<Args...> arguments;
    std::optional<Result<T>> result = std::nullopt;
  };
  auto job = std::make_unique<Job>(
      Job{Deferred<T>(), std::move(function), std::tuple<Args...>(std::move(arguments)...)});
  Deferred<T> deferred = job->deferred;
  reactor.callInThread([&reactor, job = std::move(job)]() mutable {
    try {
      job->result.emplace(detail::resultOf(
          [&]() -> T { return std::apply(std::move(job->function), std::move(job->arguments)); }));
    } catch (...) {  // the value could not be moved
      job->result.emplace(Failure());
    }
    reactor.callFromThread([job = std::move(job)] {
      try {
        job->deferred.callback(std::move(*job->result));
      } catch (...) {  // nor this time
        if (!job->deferred.called()) job->deferred.errback();
      }
    });
  });
  return deferred;
}

/// Calls `function(arguments...)` on the reactor's thread and waits for what it returns; for the
/// result, if that is a Deferred. Throws what the function throws or the Deferred fails with, and
/// CancelledError when the reactor is destroyed first.
///
/// Thread: any but the reactor's own, where it would wait for ever. Twisted:
/// `blockingCallFromThread`.
template <class F, class... Args>
auto blockingCallFromThread(ReactorThreads& reactor, F function, Args... arguments) {
  using T = typename detail::Returned<std::decay_t<std::invoke_result_t<F, Args...>>>::Value;
  const auto rendezvous = std::make_shared<detail::Rendezvous<T>>();
  reactor.callFromThread([giver = detail::RendezvousGiver<T>(rendezvous),
                          function = std::move(function),
                          arguments = std::make_tuple(std::move(arguments)...)]() mutable {
    // As a callback the function lives until it has ended, though it be a coroutine.
    auto call = [function = std::move(function), arguments = std::move(arguments)]() mutable {
      return std::apply(function, std::move(arguments));
    };
    succeed()
        .addCallback(std::move(call))
        .addBoth([giver = std::move(giver)](Result<T> result) mutable {
          giver.give(std::move(result));
        });
  });
  return rendezvous->wait();
}

}  // namespace plait
