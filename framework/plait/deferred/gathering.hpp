#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// What DeferredList, gatherResults and race share: one result made of those of several Deferreds.
/// Users want their headers.
namespace plait::detail {

/// Can a T be copied? Looks into containers, which say so even when their elements cannot. (So does
/// a struct that has such a member: it does not compile here until it declares a move constructor.)
template <class T>
inline constexpr bool copyable = std::is_copy_constructible_v<T>;
template <class T>
requires requires {
  typename T::allocator_type;
  typename T::value_type;
  requires !std::is_same_v<T, typename T::value_type>;
}
inline constexpr bool copyable<T> =
    std::is_copy_constructible_v<T> && copyable<typename T::value_type>;
template <class T>
inline constexpr bool copyable<Result<T>> = copyable<T>;
template <>
inline constexpr bool copyable<Result<void>> = true;
template <class T>
inline constexpr bool copyable<std::optional<T>> = copyable<T>;
template <class... Ts>
inline constexpr bool copyable<std::tuple<Ts...>> = (copyable<Ts> && ...);
template <class T, class U>
inline constexpr bool copyable<std::pair<T, U>> = copyable<T>&& copyable<U>;

/// Waits at the ends of several chains, its sources.
///
/// The sources keep it, each until it has a result or ends without one. It does not keep them:
/// their producers do.
class Gathering {
 protected:
  /// `self` is the chain that this is part of.
  Gathering(Chain& self, std::size_t count, bool consumeErrors);
  Gathering(const Gathering&) = delete;
  ~Gathering();

  // Sources report here, once each. True when `self` has been given its result by that: its links
  // run afterwards. What `succeeded` throws is reported as a failure.
  virtual bool succeeded(std::size_t index, Chain& source) = 0;
  virtual bool failed(std::size_t index, const Failure& failure) = 0;

  /// Waits for the next source, whose result is a T. Calls `succeeded` or `failed` at once if that
  /// is there.
  template <class T>
  void waitFor(const Deferred<T>& source) {
    source.chain().expect(&typeTag<T>);
    waitFor(source.chain(), takes<T>() ? &typeTag<void> : &typeTag<T>);
  }
  /// The value of a source: a copy, if the source is to keep it.
  template <class T>
  T valueOf(Chain& source) const {
    if constexpr (copyable<T>) {
      if (!takes<T>()) return *static_cast<const T*>(source.value());
    }
    const Chain::TakenValue taken(source);
    return std::move(*static_cast<T*>(taken.get()));
  }
  /// The same, when nobody wants the value.
  template <class T>
  void ignoreValueOf(Chain& source) const {
    if (takes<T>()) const Chain::TakenValue unwanted(source);
  }

  std::size_t count() const noexcept { return count_; }
  /// Cancels the sources that have no result yet. Those that ended without one fail now.
  void cancelSources();

 private:
  class Source;

  /// Is a source left with void, rather than with the result that it had?
  template <class T>
  bool takes() const noexcept {
    return consumeErrors_ || !copyable<T>;
  }
  void waitFor(Chain& source, TypeTag left);

  Chain& self_;
  std::unique_ptr<Source[]> sources_;
  std::size_t count_;
  std::size_t added_ = 0;
  bool consumeErrors_;
  bool cancelling_ = false;
};

/// The head of a Deferred whose result, an R, is made of those of others.
template <class R>
class GatheringHead : public Head<R>, protected Gathering {
 public:
  using Value = R;

 protected:
  GatheringHead(std::size_t count, bool consumeErrors, std::source_location where)
      : Head<R>(where, nullptr), Gathering(*this, count, consumeErrors) {}

  /// Gives what `make` returns or throws as the result.
  template <class Make>
  bool give(Make make) {
    this->beginResult();
    try {
      this->giveValue(make());
    } catch (...) {
      this->setFailure(Failure());
    }
    return true;
  }
  bool giveFailure(Failure failure) {
    this->beginResult();
    this->setFailure(std::move(failure));
    return true;
  }

 private:
  Chain::Cancelling cancelProducer() final {
    if (count() == 0) return Chain::Cancelling::asked;
    cancelSources();
    return Chain::Cancelling::follows;
  }
};

/// A Deferred with the head H, which waits for `sources`. std::logic_error, before it does
/// anything, unless functions can be added to all of them.
template <class H, class T, class... Args>
Deferred<typename H::Value> gather(const std::vector<Deferred<T>>& sources, Args&&... args) {
  for (const Deferred<T>& source : sources) source.chain().expect(&typeTag<T>);
  const ChainRef<H> head(new H(sources.size(), std::forward<Args>(args)...));
  head->start(sources);
  return Deferred<typename H::Value>(ChainRef<Chain>(head.get()));
}

}  // namespace plait::detail
