#pragma once

#include <plait/deferred/deferred_list.hpp>
#include <tuple>
#include <variant>

namespace plait {

struct GatherResultsOptions {
  /// The failures are dealt with here, and not logged as unhandled. The Deferreds are left with
  /// void: their handles take no more functions.
  bool consumeErrors = false;
};

/// Gives the values of several Deferreds, in their order; of Deferreds without values, nothing.
/// Fails with FirstError as soon as one of them fails. Twisted: `gatherResults`.
///
///     std::vector<Page> pages = co_await plait::gatherResults(downloads, {.consumeErrors = true});
///
/// The Deferreds keep their results, and `cancel` cancels them, as with DeferredList.
template <class T>
auto gatherResults(std::vector<Deferred<T>> deferreds, GatherResultsOptions options = {},
                   std::source_location where = std::source_location::current()) {
  const DeferredList<T> list(
      deferreds, {.fireOnOneErrback = true, .consumeErrors = options.consumeErrors}, where);
  return list.addCallback([]([[maybe_unused]] std::vector<Result<T>>&& results) {
    if constexpr (!std::is_void_v<T>) {
      std::vector<T> values;
      values.reserve(results.size());
      for (Result<T>& result : results) values.push_back(std::move(result).value());
      return values;
    }
  });
}

namespace detail {

/// What stands for a T among the elements of a tuple.
template <class T>
using TupleElement = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class... Ts>
class TupleHead final : public GatheringHead<std::tuple<TupleElement<Ts>...>> {
 public:
  TupleHead(GatherResultsOptions options, std::source_location where)
      : GatheringHead<std::tuple<TupleElement<Ts>...>>(sizeof...(Ts), options.consumeErrors,
                                                       where) {}

  void start(const Deferred<Ts>&... sources) { (this->waitFor(sources), ...); }

 private:
  bool succeeded(std::size_t index, Chain& source) override {
    take(index, source, std::index_sequence_for<Ts...>());
    if (--unfinished_ > 0 || this->called()) return false;
    return this->give([this] {
      return std::apply(
          [](auto&... values) { return std::tuple<TupleElement<Ts>...>(std::move(*values)...); },
          values_);
    });
  }
  bool failed(std::size_t index, const Failure& failure) override {
    --unfinished_;
    return !this->called() && this->giveFailure(FirstError(failure, index));
  }

  template <std::size_t... I>
  void take(std::size_t index, Chain& source, std::index_sequence<I...>) {
    ((I == index ? takeOne<Ts>(std::get<I>(values_), source) : void()), ...);
  }
  template <class T>
  void takeOne(std::optional<TupleElement<T>>& value, [[maybe_unused]] Chain& source) {
    if constexpr (std::is_void_v<T>) {
      value.emplace();
    } else {
      value.emplace(this->template valueOf<T>(source));
    }
  }

  std::size_t unfinished_ = sizeof...(Ts);
  std::tuple<std::optional<TupleElement<Ts>>...> values_;
};

}  // namespace detail

/// The same for Deferreds of several types. std::monostate stands for those without a value.
///
///     auto [user, page] = co_await plait::gatherResults(findUser(name), fetch(url));
template <class... Ts>
requires(sizeof...(Ts) > 0) Deferred<std::tuple<detail::TupleElement<Ts>...>> gatherResults(
    GatherResultsOptions options, Deferred<Ts>... deferreds) {
  (deferreds.chain().expect(&detail::typeTag<Ts>), ...);
  using Head = detail::TupleHead<Ts...>;
  const detail::ChainRef<Head> head(new Head(options, std::source_location::current()));
  head->start(deferreds...);
  return Deferred<typename Head::Value>(detail::ChainRef<detail::Chain>(head.get()));
}
template <class... Ts>
requires(sizeof...(Ts) > 0) Deferred<std::tuple<detail::TupleElement<Ts>...>> gatherResults(
    Deferred<Ts>... deferreds) {
  return gatherResults(GatherResultsOptions(), std::move(deferreds)...);
}

}  // namespace plait
