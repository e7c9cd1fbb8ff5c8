#include <memory>
#include <plait/deferred/deferred.hpp>

#include "../support/counted_allocations.hpp"

namespace plait {
namespace {

template <class F>
std::size_t count(F function) {
  allocations = 0;
  counting = true;
  function();
  counting = false;
  return allocations;
}

TEST(DeferredAllocations, AreCounted) {
  EXPECT_EQ(count([] { std::make_unique<int>(); }), 1u);
}

TEST(DeferredAllocations, OneForADeferred) {
  EXPECT_EQ(count([] { Deferred<int>(); }), 1u);
  EXPECT_EQ(count([] { succeed(std::array<char, 1000>()); }), 1u);
  EXPECT_EQ(count([] { Deferred<int>([](Deferred<int>&) {}); }), 1u);
}

TEST(DeferredAllocations, OneForALink) {
  EXPECT_EQ(count([] {
              Deferred<int> deferred;
              deferred.addCallback([](int n) { return n + 1; })
                  .addErrback([](const Failure&) { return 1; })
                  .addBoth([](Result<int> result) { return result; })
                  .addCallbacks([](int) {}, [](const Failure&) {});
              deferred.callback(1);
            }),
            5u);
}

TEST(DeferredAllocations, NoneForPassingAFailure) {
  const Failure failure = ConnectionLost();
  Deferred<int> deferred;
  for (int i = 0; i < 10; ++i) {
    deferred.addCallback([](int n) { return n; });
    deferred.addErrback([](const Failure& reason) { return reason; });
  }
  deferred.addErrback([](const Failure&) { return 0; });
  EXPECT_EQ(count([&] { deferred.errback(failure); }), 0u);
}

TEST(DeferredAllocations, NoneForFollowingAFiredDeferred) {
  const auto inner = succeed(1);
  EXPECT_EQ(count([&] { succeed().addCallback([&] { return inner; }); }), 2u);
}

TEST(DeferredAllocations, OneForFollowingAnUnfiredDeferred) {
  const Deferred<int> inner;
  EXPECT_EQ(count([&] { succeed().addCallback([&] { return inner; }); }), 3u);
}

Deferred<int> adds(Deferred<int> a, const Deferred<int>& b) {
  co_return co_await std::move(a) + co_await b;
}

TEST(DeferredAllocations, TwoForACoroutineAndNoneForItsAwaits) {
  Deferred<int> a, b;
  EXPECT_EQ(count([&] {
              const auto sum = adds(a, b);
              a.callback(1);
              b.callback(2);
            }),
            2u);
}

}  // namespace
}  // namespace plait
