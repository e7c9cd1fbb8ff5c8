#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <plait/net/reactor.hpp>
#include <tuple>

/// The bridge to Boost.Asio, and the only public header that includes it. Three ways lead across:
/// any Asio operation may be started on a reactor's `io_context`; given the token `useDeferred` it
/// returns a Deferred; and a Deferred is an Asio operation by `asyncResult`.
namespace plait {

/// The `io_context` a reactor runs on. Start any Asio operation on it; its handlers run on the
/// reactor's thread and may call whatever belongs to the reactor. While plait's own connections
/// keep a context of the reactor's own busy, handlers have their turn every quarter of a
/// millisecond; a context of yours shares its turns with all. A context of the reactor's own has
/// always something to wait for: run it by `Reactor::run`.
///
/// After a fork the child either calls `_exit` (or execs), or `notify_fork` here, as Asio has it.
boost::asio::io_context& ioContext(Reactor& reactor);

/// The type of `useDeferred`.
struct UseDeferred {};

/// A completion token: the operation returns a Deferred of its result.
///
///     boost::asio::steady_timer timer(plait::ioContext(reactor), 5s);
///     timer.async_wait(plait::useDeferred).addCallback([] { fmt::print("now\n"); });
///
/// The value is what the completion handler would get behind the error: nothing is void, several
/// are a std::tuple. An error_code becomes a Failure of boost::system::system_error, an
/// exception_ptr that exception. `co_spawn(..., useDeferred)` makes a Deferred of an awaitable.
///
/// `cancel()` cancels the operation through its cancellation slot and is CancelledError at once;
/// what the operation says afterwards is ignored. What it refers to (its I/O object, its buffers)
/// must live until it has ended all the same; do not `cancel()` when the I/O object is gone.
///
/// The I/O object must belong to the reactor's `io_context`. Thread: the reactor's.
inline constexpr UseDeferred useDeferred{};

namespace detail {

/// What a Deferred's value is made of: nothing, one thing, or a tuple.
template <class... Values>
struct CompletionValue {
  using Type = std::tuple<Values...>;
};
template <class T>
struct CompletionValue<T> {
  using Type = T;
};
template <>
struct CompletionValue<> {
  using Type = void;
};

/// What the arguments of a completion handler mean: an error may come first.
template <class... Args>
struct Completion {
  using Value = typename CompletionValue<Args...>::Type;
  static Result<Value> result(Args... args) {
    if constexpr (std::is_void_v<Value>) {
      return {};
    } else {
      return Value(std::move(args)...);
    }
  }
};
template <class... Args>
struct Completion<boost::system::error_code, Args...> {
  using Value = typename CompletionValue<Args...>::Type;
  static Result<Value> result(const boost::system::error_code& error, Args... args) {
    if (error) return Failure(boost::system::system_error(error));
    return Completion<Args...>::result(std::move(args)...);
  }
};
template <class... Args>
struct Completion<std::exception_ptr, Args...> {
  using Value = typename CompletionValue<Args...>::Type;
  static Result<Value> result(std::exception_ptr error, Args... args) {
    if (error) return Failure(std::move(error));
    return Completion<Args...>::result(std::move(args)...);
  }
};

/// The completion handler that fires a Deferred.
template <class... Args>
class DeferredHandler {
 public:
  using Value = typename Completion<std::decay_t<Args>...>::Value;
  using cancellation_slot_type = boost::asio::cancellation_slot;

  DeferredHandler(Deferred<Value> deferred,
                  std::shared_ptr<boost::asio::cancellation_signal> cancelling)
      : deferred_(std::move(deferred)), cancelling_(std::move(cancelling)) {}

  cancellation_slot_type get_cancellation_slot() const noexcept { return cancelling_->slot(); }

  void operator()(std::decay_t<Args>... args) {
    if (deferred_.called()) return;  // cancelled
    deferred_.callback(Completion<std::decay_t<Args>...>::result(std::move(args)...));
  }

 private:
  Deferred<Value> deferred_;
  std::shared_ptr<boost::asio::cancellation_signal> cancelling_;
};

/// Lets a cancellation slot cancel a Deferred, for as long as this lives in the Deferred's own
/// callback. The slot must not keep the Deferred, which keeps the slot's owner.
class CancelBySlot {
 public:
  template <class T>
  CancelBySlot(boost::asio::cancellation_slot slot, const Deferred<T>& deferred) : slot_(slot) {
    if (!slot_.is_connected()) return;
    slot_.assign([chain = &deferred.chain()](boost::asio::cancellation_type) { chain->cancel(); });
  }
  CancelBySlot(CancelBySlot&& other) noexcept
      : slot_(std::exchange(other.slot_, boost::asio::cancellation_slot())) {}
  ~CancelBySlot() { end(); }
  void end() {
    if (slot_.is_connected()) slot_.clear();
    slot_ = {};
  }

 private:
  boost::asio::cancellation_slot slot_;
};

}  // namespace detail

/// A Deferred as an Asio operation, for any completion token: fires with `void(exception_ptr, T)`,
/// or `void(exception_ptr)` when T is void. T must be default-constructible.
///
///     asio::awaitable<void> greet(plait::Reactor& reactor) {
///       Bytes name = co_await plait::asyncResult(reactor, lookUpName(), asio::use_awaitable);
///
/// Cancelling the operation cancels the Deferred. The Deferred must have fired, or nobody hold it,
/// when the reactor is destroyed. Thread: the reactor's.
template <class T, class CompletionToken>
auto asyncResult(Reactor& reactor, Deferred<T> deferred, CompletionToken&& token) {
  namespace asio = boost::asio;
  using Signature = typename std::conditional_t<
      std::is_void_v<T>, std::type_identity<void(std::exception_ptr)>,
      std::type_identity<void(std::exception_ptr, std::conditional_t<std::is_void_v<T>, int, T>)>>::
      type;
  auto initiate = [&reactor](auto handler, Deferred<T> source) {
    detail::CancelBySlot cancelling(asio::get_associated_cancellation_slot(handler), source);
    auto work = asio::make_work_guard(handler, ioContext(reactor).get_executor());
    source.addBoth([handler = std::move(handler), work = std::move(work),
                    cancelling = std::move(cancelling)](Result<T> result) mutable {
      cancelling.end();
      std::exception_ptr error = result.success() ? nullptr : result.failure().exception();
      // Posted: it may have fired already, and a handler never runs inside of what starts it.
      if constexpr (std::is_void_v<T>) {
        asio::post(work.get_executor(), asio::append(std::move(handler), std::move(error)));
      } else {
        asio::post(work.get_executor(),
                   asio::append(std::move(handler), std::move(error),
                                result.success() ? std::move(result).value() : T()));
      }
    });
  };
  return asio::async_initiate<CompletionToken, Signature>(std::move(initiate), token,
                                                          std::move(deferred));
}

}  // namespace plait

/// How Asio asks what a token means.
template <class... Args>
class boost::asio::async_result<plait::UseDeferred, void(Args...)> {
 public:
  using Handler = plait::detail::DeferredHandler<Args...>;
  using Deferred = plait::Deferred<typename Handler::Value>;
  using return_type = Deferred;

  template <class Initiation, class... InitiationArgs>
  static Deferred initiate(Initiation&& initiation, plait::UseDeferred, InitiationArgs&&... args) {
    auto cancelling = std::make_shared<cancellation_signal>();
    Deferred deferred([cancelling](Deferred&) { cancelling->emit(cancellation_type::all); });
    std::forward<Initiation>(initiation)(Handler(deferred, std::move(cancelling)),
                                         std::forward<InitiationArgs>(args)...);
    return deferred;
  }
};
