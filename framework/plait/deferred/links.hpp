#pragma once

#include <optional>
#include <plait/deferred/chain.hpp>
#include <plait/deferred/result.hpp>
#include <type_traits>

namespace plait {

template <class T>
class Deferred;

namespace detail {

/// Room for a value that comes later and is destroyed by hand.
template <class T>
union Room {
  Room() noexcept {}
  ~Room() {}
  T value;
};
template <>
union Room<void> {};

// --- What a callback's return type makes of the result -------------------------------------------

template <class R>
struct Returned {
  using Value = R;
};
template <class T>
struct Returned<Result<T>> {
  using Value = T;
};
template <class T>
struct Returned<Deferred<T>> {
  using Value = T;
};
template <class D>
requires std::is_base_of_v<Deferred<typename D::value_type>, D>
struct Returned<D> {  // such as a DeferredList
  using Value = typename D::value_type;
};

template <class R>
inline constexpr bool isDeferred = requires {
  typename R::promise_type;
};
/// A Result or Deferred, which is not what a T should be made of.
template <class T, class R>
inline constexpr bool isWrapped =
    !std::is_same_v<T, R> && !std::is_same_v<typename Returned<R>::Value, R>;

/// The type of the result behind a function that returned R, or passed T on by failing.
template <class R, class T>
using ResultType =
    typename std::conditional_t<std::is_same_v<R, Failure>, std::type_identity<T>,
                                std::type_identity<typename Returned<R>::Value>>::type;

/// Calls with the argument if the function wants it.
template <class F, class Argument>
decltype(auto) callWith(F& f, Argument&& argument) {
  if constexpr (std::is_invocable_v<F&, Argument&&>) {
    return f(std::forward<Argument>(argument));
  } else {
    static_assert(std::is_invocable_v<F&>,
                  "a callback must take the Deferred's value, an errback a Failure, a function for "
                  "both a Result; or nothing");
    return f();
  }
}
/// The same with the value of type T that is at `value`.
template <class T, class F>
decltype(auto) callWithValue(F& f, [[maybe_unused]] void* value) {
  if constexpr (std::is_void_v<T>) {
    return f();
  } else {
    return callWith(f, std::move(*static_cast<T*>(value)));
  }
}

/// What a callback for a T, and what a function of `Argument`, returns.
template <class F, class T>
using CallbackReturn = std::decay_t<decltype(callWithValue<T>(std::declval<F&>(), nullptr))>;
template <class F, class Argument>
using ReturnOf = std::decay_t<decltype(callWith(std::declval<F&>(), std::declval<Argument>()))>;

// --- The links -----------------------------------------------------------------------------------

/// A link with room for the value it makes.
template <class U>
class ValueLink : public Link {
 public:
  void clear() noexcept final {
    if constexpr (!std::is_void_v<U>) std::destroy_at(&room_.value);
    delete this;
  }

 protected:
  virtual ~ValueLink() = default;

  /// What settling leaves this link with.
  enum class Left {
    nothing,   ///< it has done its work
    value,     ///< it holds the chain's value, and is destroyed with that
    coroutine  ///< its function is a coroutine that has not ended
  };

  /// Leaves what `call` returns or throws as the chain's result.
  template <class Call>
  Left settle(Chain& chain, Call&& call) {
    using R = std::decay_t<decltype(call())>;
    try {
      if constexpr (std::is_void_v<R>) {
        static_assert(std::is_void_v<U>, "the other function returns a value, this one nothing");
        call();
        chain.setValue(nullptr, nullptr);
      } else if constexpr (std::is_same_v<R, Failure>) {
        chain.setFailure(call());
      } else if constexpr (std::is_base_of_v<Deferred<U>, R>) {
        const Deferred<U> inner = call();
        inner.chain().expect(&typeTag<U>);
        if (chain.follow(inner.chain(), *this)) return Left::coroutine;
      } else if constexpr (std::is_same_v<R, Result<U>>) {
        Result<U> result = call();
        if (!result.success()) {
          chain.setFailure(result.failure());
        } else if constexpr (std::is_void_v<U>) {
          chain.setValue(nullptr, nullptr);
        } else {
          ::new (static_cast<void*>(&room_.value)) U(std::move(result).value());
          chain.setValue(&room_.value, this);
          return Left::value;
        }
      } else if constexpr (std::is_void_v<U>) {
        static_assert(std::is_same_v<typename Returned<R>::Value, R>,
                      "a Deferred or Result of a value cannot take the place of nothing");
        call();
        chain.setValue(nullptr, nullptr);
      } else {
        static_assert(std::is_convertible_v<R, U> && !isWrapped<U, R>,
                      "what this function returns is no result of the Deferred's type");
        ::new (static_cast<void*>(&room_.value)) U(call());
        chain.setValue(&room_.value, this);
        return Left::value;
      }
    } catch (...) {
      chain.setFailure(Failure());
    }
    return Left::nothing;
  }

 private:
  Room<U> room_;
};

/// In place of a function: the result passes by.
struct PassThrough {};

/// A pair of functions, of which one runs. Twisted: one entry of `Deferred.callbacks`.
///
/// Functions are destroyed as soon as one has run (a coroutine: when it has ended), though the
/// value it made may live on.
template <class T, class U, class OnValue, class OnFailure>
class CallbackLink final : public ValueLink<U> {
  using Left = typename ValueLink<U>::Left;

 public:
  CallbackLink(OnValue onValue, OnFailure onFailure)
      : onValue_(std::move(onValue)), onFailure_(std::move(onFailure)) {}

  Chain* run(Chain& chain) override {
    auto left = Left::nothing;
    if (chain.failed()) {
      if constexpr (!std::is_same_v<OnFailure, PassThrough>) {
        const Failure failure = chain.takeFailure();
        left =
            this->settle(chain, [&]() -> decltype(auto) { return callWith(*onFailure_, failure); });
      }
    } else if constexpr (!std::is_same_v<OnValue, PassThrough>) {
      const Chain::TakenValue taken(chain);
      left = this->settle(
          chain, [&]() -> decltype(auto) { return callWithValue<T>(*onValue_, taken.get()); });
    } else if constexpr (std::is_void_v<U> && !std::is_void_v<T>) {
      const Chain::TakenValue unwanted(chain);
    }
    if (left != Left::coroutine) {
      onValue_.reset();
      onFailure_.reset();
    }
    if (left == Left::nothing) delete this;
    return nullptr;
  }
  void drop() noexcept override { delete this; }

 private:
  std::optional<OnValue> onValue_;
  std::optional<OnFailure> onFailure_;
};

/// One function for both outcomes.
template <class T, class U, class OnBoth>
class BothLink final : public ValueLink<U> {
  using Left = typename ValueLink<U>::Left;

 public:
  explicit BothLink(OnBoth onBoth) : onBoth_(std::move(onBoth)) {}

  Chain* run(Chain& chain) override {
    const Left left = settleBoth(chain);
    if (left != Left::coroutine) onBoth_.reset();
    if (left == Left::nothing) delete this;
    return nullptr;
  }
  void drop() noexcept override { delete this; }

 private:
  Left settleBoth(Chain& chain) {
    if (chain.failed()) return settleWith(chain, chain.takeFailure());
    if constexpr (std::is_void_v<T>) {
      return settleWith(chain);
    } else {
      const Chain::TakenValue taken(chain);
      return settleWith(chain, std::move(*static_cast<T*>(taken.get())));
    }
  }
  /// Makes the Result in there, since that may throw.
  template <class... Args>
  Left settleWith(Chain& chain, Args&&... args) {
    std::optional<Result<T>> result;
    return this->settle(chain, [&]() -> decltype(auto) {
      result.emplace(std::forward<Args>(args)...);
      return callWith(*onBoth_, std::move(*result));
    });
  }

  std::optional<OnBoth> onBoth_;
};

}  // namespace detail
}  // namespace plait
