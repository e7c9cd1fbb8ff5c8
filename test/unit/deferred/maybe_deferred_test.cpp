#include <memory>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Outcome;

/// Rule 11.

TEST(MaybeDeferred, SucceedsWithAValue) {
  EXPECT_EQ(Outcome(maybeDeferred([] { return 5; })).value(), 5);
  EXPECT_EQ(Outcome(execute([] { return 5; })).value(), 5);
}

TEST(MaybeDeferred, SucceedsWithNothing) {
  bool called = false;
  const Deferred<void> deferred = maybeDeferred([&] { called = true; });
  EXPECT_TRUE(called);
  EXPECT_TRUE(Outcome(deferred).succeeded());
}

TEST(MaybeDeferred, FailsWithWhatIsThrown) {
  const auto raise = [](int n) -> int { throw std::out_of_range(std::to_string(n)); };
  const auto raiseOther = []() -> void { throw 5; };
  const auto raiseBefore = []() -> Deferred<int> { throw std::out_of_range("early"); };
  EXPECT_EQ(Outcome(maybeDeferred(raise, 3)).message(), "3");
  EXPECT_TRUE(Outcome(maybeDeferred(raiseOther)).failedWith<int>());
  EXPECT_EQ(Outcome(maybeDeferred(raiseBefore)).message(), "early");
}

TEST(MaybeDeferred, TakesAResult) {
  const auto function = [](bool good) -> Result<int> {
    if (good) return 1;
    return Failure(ConnectionLost());
  };
  EXPECT_EQ(Outcome(maybeDeferred(function, true)).value(), 1);
  EXPECT_TRUE(Outcome(maybeDeferred(function, false)).failedWith<ConnectionLost>());
  const auto nothing = [] { return Result<void>(); };
  EXPECT_TRUE(Outcome(maybeDeferred(nothing)).succeeded());
}

TEST(MaybeDeferred, GivesTheDeferredItself) {
  Deferred<int> inner;
  const Deferred<int> same = maybeDeferred([&] { return inner; });
  inner.callback(1);
  EXPECT_TRUE(same.called());
  EXPECT_EQ(&same.chain(), &inner.chain());
}

TEST(MaybeDeferred, GivesACoroutinesDeferred) {
  const auto coroutine = [](int n) -> Deferred<int> { co_return co_await succeed(n) + 1; };
  EXPECT_EQ(Outcome(maybeDeferred(coroutine, 1)).value(), 2);
}

TEST(MaybeDeferred, PassesArgumentsOn) {
  const auto join = [](std::unique_ptr<std::string> a, const std::string& b, std::string& c) {
    c += "!";
    return *a + b + c;
  };
  std::string c = "c";
  const Deferred<std::string> deferred =
      maybeDeferred(join, std::make_unique<std::string>("a"), "b", c);
  EXPECT_EQ(Outcome(deferred).value(), "abc!");
  EXPECT_EQ(c, "c!");
}

}  // namespace
}  // namespace plait
