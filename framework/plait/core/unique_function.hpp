#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace plait {

template <class Signature>
class UniqueFunction;

/// A callable of one owner: what `std::move_only_function` will be. Holds captures of up to six
/// pointers without allocating, and takes move-only captures, which `std::function` does not.
///
/// Calling an empty one is undefined; test with `operator bool`. What a callable returns is dropped
/// when R is void, unless it is a Deferred: if the callable is a coroutine with captures, they
/// would be gone as soon as it is first suspended.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() noexcept = default;
  UniqueFunction(std::nullptr_t) noexcept {}

  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>) UniqueFunction(F&& f) {
    using Fn = std::decay_t<F>;
    static_assert(!std::is_void_v<R> || !isCoroutine<std::invoke_result_t<Fn&, Args...>>,
                  "nobody would wait for this Deferred, or keep a coroutine's captures: use "
                  "deferLater or addCallback, or call it from a function that returns nothing");
    if constexpr (fitsInline<Fn>) {
      ::new (static_cast<void*>(storage_)) Fn(std::forward<F>(f));
      operations_ = &inlineOperations<Fn>;
    } else {
      ::new (static_cast<void*>(storage_)) Fn*(new Fn(std::forward<F>(f)));
      operations_ = &heapOperations<Fn>;
    }
  }

  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~UniqueFunction() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }
  /// The type of the callable.
  const std::type_info& targetType() const noexcept { return *operations_->type; }
  R operator()(Args... args) { return operations_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct Operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;  // leaves nothing to destroy in `from`
    void (*destroy)(void*) noexcept;
    const std::type_info* type;
  };

  static constexpr std::size_t kInlineSize = 6 * sizeof(void*);

  template <class T>
  static constexpr bool isCoroutine = requires {
    typename T::promise_type;
  };

  template <class Fn>
  static R invoke(Fn& function, Args&&... args) {
    if constexpr (std::is_void_v<R>) {
      function(std::forward<Args>(args)...);
    } else {
      return function(std::forward<Args>(args)...);
    }
  }

  template <class Fn>
  static constexpr bool fitsInline =
      sizeof(Fn) <= kInlineSize &&
      alignof(Fn) <= alignof(void*) && std::is_nothrow_move_constructible_v<Fn>;

  template <class Fn>
  static constexpr Operations inlineOperations{
      [](void* at, Args&&... args) -> R {
        return invoke(*static_cast<Fn*>(at), std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept {
        ::new (to) Fn(std::move(*static_cast<Fn*>(from)));
        static_cast<Fn*>(from)->~Fn();
      },
      [](void* at) noexcept { static_cast<Fn*>(at)->~Fn(); }, &typeid(Fn)};

  template <class Fn>
  static constexpr Operations heapOperations{
      [](void* at, Args&&... args) -> R {
        return invoke(**static_cast<Fn**>(at), std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept { ::new (to) Fn*(*static_cast<Fn**>(from)); },
      [](void* at) noexcept { delete *static_cast<Fn**>(at); }, &typeid(Fn)};

  void take(UniqueFunction& other) noexcept {
    if (other.operations_) other.operations_->move(other.storage_, storage_);
    operations_ = std::exchange(other.operations_, nullptr);
  }
  void reset() noexcept {
    if (operations_) std::exchange(operations_, nullptr)->destroy(storage_);
  }

  alignas(void*) std::byte storage_[kInlineSize];
  const Operations* operations_ = nullptr;
};

}  // namespace plait
