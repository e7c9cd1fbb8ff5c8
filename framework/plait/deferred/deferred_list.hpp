#pragma once

#include <optional>
#include <plait/deferred/gathering.hpp>

namespace plait {

struct DeferredListOptions {
  /// Fail with FirstError as soon as one of the Deferreds fails.
  bool fireOnOneErrback = false;
  /// The failures are dealt with here, and not logged as unhandled. The Deferreds are left with
  /// void: their handles take no more functions.
  bool consumeErrors = false;
};

namespace detail {

template <class T>
class DeferredListHead final : public GatheringHead<std::vector<Result<T>>> {
 public:
  DeferredListHead(std::size_t count, DeferredListOptions options, std::source_location where)
      : GatheringHead<std::vector<Result<T>>>(count, options.consumeErrors, where),
        fireOnOneErrback_(options.fireOnOneErrback),
        unfinished_(count),
        results_(count) {}

  void start(const std::vector<Deferred<T>>& sources) {
    if (sources.empty()) giveList();
    for (const Deferred<T>& source : sources) this->waitFor(source);
  }

 private:
  bool succeeded(std::size_t index, [[maybe_unused]] Chain& source) override {
    if constexpr (std::is_void_v<T>) {
      results_[index].emplace();
    } else {
      results_[index].emplace(this->template valueOf<T>(source));
    }
    --unfinished_;
    return !this->called() && unfinished_ == 0 && giveList();
  }
  bool failed(std::size_t index, const Failure& failure) override {
    results_[index].emplace(failure);
    --unfinished_;
    if (this->called()) return false;
    if (fireOnOneErrback_) return this->giveFailure(FirstError(failure, index));
    return unfinished_ == 0 && giveList();
  }
  bool giveList() {
    return this->give([this] {
      std::vector<Result<T>> list;
      list.reserve(results_.size());
      for (auto& result : results_) list.push_back(std::move(*result));
      return list;
    });
  }

  bool fireOnOneErrback_;
  std::size_t unfinished_;
  std::vector<std::optional<Result<T>>> results_;
};

}  // namespace detail

/// Waits for several Deferreds, and gives what became of each, in their order. Twisted:
/// `DeferredList`; for its `fireOnOneCallback` see the function of that name.
///
///     plait::DeferredList(std::vector{first, second}, {.consumeErrors = true})
///         .addCallback([](const std::vector<plait::Result<int>>& results) {
///           for (const auto& result : results) use(result);
///         });
///
/// An empty list has its result at once. Otherwise it never fails, but with `fireOnOneErrback`.
///
/// Each Deferred keeps its result for the functions that are added to it later: values are copied.
/// Of those that cannot be copied the Deferred is left with void, as it is with `consumeErrors`.
///
/// `cancel` cancels every Deferred that has no result yet; what becomes of them is the result.
///
/// A Deferred whose handle no longer has the type of its result is std::logic_error.
template <class T>
class DeferredList : public Deferred<std::vector<Result<T>>> {
 public:
  explicit DeferredList(std::vector<Deferred<T>> deferreds, DeferredListOptions options = {},
                        std::source_location where = std::source_location::current())
      : Deferred<std::vector<Result<T>>>(
            detail::gather<detail::DeferredListHead<T>>(deferreds, options, where)) {}
};

}  // namespace plait
