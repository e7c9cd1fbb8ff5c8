#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <plait/deferred/deferred_queue.hpp>
#include <stdexcept>

#include "support/outcome.hpp"

namespace plait {
namespace {

using ::testing::ElementsAre;
using testing::Outcome;
using Pointer = std::unique_ptr<int>;

TEST(DeferredQueue, KeepsValuesInOrder) {
  DeferredQueue<int> queue;
  queue.put(1);
  queue.put(2);
  EXPECT_EQ(queue.pending(), 2u);
  EXPECT_EQ(Outcome(queue.get()).value(), 1);
  EXPECT_EQ(Outcome(queue.get()).value(), 2);
  EXPECT_EQ(queue.pending(), 0u);
}

TEST(DeferredQueue, ServesThoseWhoWaitInOrder) {
  DeferredQueue<int> queue;
  Outcome first(queue.get());
  Outcome second(queue.get());
  EXPECT_EQ(queue.waiting(), 2u);
  queue.put(1);
  EXPECT_EQ(first.value(), 1);
  EXPECT_TRUE(second.pending());
  queue.put(2);
  EXPECT_EQ(second.value(), 2);
  EXPECT_EQ(queue.pending() + queue.waiting(), 0u);
}

TEST(DeferredQueue, RefusesMoreThanItsSize) {
  DeferredQueue<Pointer> queue({.size = 1});
  queue.put(std::make_unique<int>(1));
  Pointer second = std::make_unique<int>(2);
  EXPECT_THROW(queue.put(std::move(second)), QueueOverflow);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(*Outcome(queue.get()).value(), 1);
  queue.put(std::move(second));
}

TEST(DeferredQueue, RefusesMoreToWaitThanItsBacklog) {
  DeferredQueue<int> queue({.backlog = 1});
  Outcome first(queue.get());
  EXPECT_THROW(queue.get(), QueueUnderflow);
  queue.put(1);
  EXPECT_EQ(first.value(), 1);
  Outcome second(queue.get());
  EXPECT_TRUE(second.pending());
}

TEST(DeferredQueue, OfSizeNoneGivesToThoseWhoWaitOnly) {
  DeferredQueue<int> queue({.size = 0});
  EXPECT_THROW(queue.put(1), QueueOverflow);
  Outcome got(queue.get());
  queue.put(2);
  EXPECT_EQ(got.value(), 2);
}

TEST(DeferredQueue, WithoutBacklogGivesWhatIsThereOnly) {
  DeferredQueue<int> queue({.backlog = 0});
  EXPECT_THROW(queue.get(), QueueUnderflow);
  queue.put(1);
  EXPECT_EQ(Outcome(queue.get()).value(), 1);
}

TEST(DeferredQueue, ForgetsThoseWhoCancel) {
  DeferredQueue<int> queue({.backlog = 3});
  const auto first = queue.get();
  const auto second = queue.get();
  const auto third = queue.get();
  second.cancel();
  EXPECT_EQ(queue.waiting(), 2u);
  EXPECT_NE(Outcome(second).failure<CancelledError>(), nullptr);
  third.cancel();
  first.cancel();
  EXPECT_EQ(queue.waiting(), 0u);
  EXPECT_NE(Outcome(first).failure<CancelledError>(), nullptr);
  EXPECT_NE(Outcome(third).failure<CancelledError>(), nullptr);
  queue.put(7);
  EXPECT_EQ(queue.pending(), 1u);
  EXPECT_EQ(Outcome(queue.get()).value(), 7);
}

TEST(DeferredQueue, IgnoresCancelsAfterTheValue) {
  DeferredQueue<int> queue;
  const auto got = queue.get();
  Outcome another(queue.get());
  queue.put(1);
  got.cancel();
  EXPECT_EQ(Outcome(got).value(), 1);
  EXPECT_EQ(queue.waiting(), 1u);
}

TEST(DeferredQueue, MovesWhatCannotBeCopied) {
  DeferredQueue<Pointer> queue;
  Outcome waiting(queue.get());
  queue.put(std::make_unique<int>(1));
  queue.put(std::make_unique<int>(2));
  EXPECT_EQ(*waiting.value(), 1);
  EXPECT_EQ(*Outcome(queue.get()).value(), 2);
}

TEST(DeferredQueue, MayBeUsedByThoseItServes) {
  DeferredQueue<int> queue;
  std::vector<int> got;
  queue.get().addCallback([&](int n) {
    got.push_back(n);
    queue.get().addCallback([&](int next) { got.push_back(next); });
    queue.put(n + 1);
    queue.put(n + 2);
  });
  queue.put(1);
  EXPECT_THAT(got, ElementsAre(1, 2));
  EXPECT_EQ(queue.pending(), 1u);
}

TEST(DeferredQueue, CancelsThoseWhoWaitWhenDestroyed) {
  auto queue = std::make_unique<DeferredQueue<int>>();
  const auto first = queue->get();
  Outcome second(queue->get());
  queue.reset();
  first.cancel();
  EXPECT_NE(Outcome(first).failure<CancelledError>(), nullptr);
  EXPECT_NE(second.failure<CancelledError>(), nullptr);
}

TEST(DeferredQueue, MayBeDestroyedByOneItServes) {
  auto queue = std::make_unique<DeferredQueue<int>>();
  queue->get().addCallback([&] { queue.reset(); });
  Outcome second(queue->get());
  queue->put(1);
  EXPECT_EQ(queue, nullptr);
  EXPECT_NE(second.failure<CancelledError>(), nullptr);
}

TEST(DeferredQueue, ServesNobodyWhoComesWhileItIsDestroyed) {
  std::optional<DeferredQueue<int>> queue(std::in_place);
  std::optional<Outcome<int>> again;
  queue->get().addErrback([&] {
    again.emplace(queue->get());
    return 0;
  });
  queue.reset();
  EXPECT_NE(again.value().failure<CancelledError>(), nullptr);
}

TEST(DeferredQueue, CancelsWhoeverCancelsAnotherWhileItIsDestroyed) {
  std::optional<DeferredQueue<int>> queue(std::in_place);
  const auto first = queue->get();
  const auto second = queue->get();
  Outcome seen(first.addErrback([&] {
    second.cancel();
    return 1;
  }));
  queue.reset();
  EXPECT_EQ(seen.value(), 1);
  EXPECT_NE(Outcome(second).failure<CancelledError>(), nullptr);
}

TEST(DeferredQueue, FeedsACoroutine) {
  DeferredQueue<int> queue;
  std::vector<int> got;
  auto work = [&]() -> Deferred<void> {
    for (;;) got.push_back(co_await queue.get());
  };
  queue.put(1);
  queue.put(2);
  const auto worker = work();
  queue.put(3);
  EXPECT_THAT(got, ElementsAre(1, 2, 3));
  worker.cancel();
  EXPECT_EQ(queue.waiting(), 0u);
  EXPECT_NE(Outcome(worker).failure<CancelledError>(), nullptr);
}

TEST(DeferredQueue, EndsItsCoroutineWhenDestroyed) {
  std::optional<DeferredQueue<int>> queue(std::in_place);
  auto work = [&]() -> Deferred<int> { co_return co_await queue->get(); };
  Outcome worker(work());
  queue.reset();
  EXPECT_NE(worker.failure<CancelledError>(), nullptr);
}

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(const ThrowsWhenCopied&) { throw std::runtime_error("copy"); }
  ThrowsWhenCopied(ThrowsWhenCopied&&) noexcept {}
};

TEST(DeferredQueue, LetsTheWaitingWaitWhenAValueThrows) {
  DeferredQueue<ThrowsWhenCopied> queue;
  Outcome waiting(queue.get());
  const ThrowsWhenCopied value;
  EXPECT_THROW(queue.put(value), std::runtime_error);
  EXPECT_TRUE(waiting.pending());
  queue.put(ThrowsWhenCopied());
  EXPECT_TRUE(waiting.succeeded());
}

}  // namespace
}  // namespace plait
