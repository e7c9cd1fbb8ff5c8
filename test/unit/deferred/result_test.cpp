#include <memory>
#include <plait/core/errors.hpp>
#include <plait/deferred/errors.hpp>
#include <plait/deferred/result.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait {
namespace {

TEST(Result, HasAValue) {
  Result<std::string> result(std::string("value"));
  EXPECT_TRUE(result.success());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result.value(), "value");
  result.value() += '!';
  EXPECT_EQ(std::as_const(result).value(), "value!");
  EXPECT_EQ(std::move(result).value(), "value!");
}

TEST(Result, HasAFailure) {
  const Result<std::string> result(ConnectionLost{});
  EXPECT_FALSE(result.success());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_TRUE(result.failure().check<ConnectionLost>());
}

TEST(Result, ThrowsItsFailureWhenAskedForTheValue) {
  Result<int> result(ConnectionLost{});
  EXPECT_THROW(result.value(), ConnectionLost);
  EXPECT_THROW(std::as_const(result).value(), ConnectionLost);
  EXPECT_THROW(std::move(result).value(), ConnectionLost);
}

TEST(Result, IsCopiedAndMoved) {
  const Result<std::string> value(std::string(50, 'v')), failure(ConnectionLost{});
  Result<std::string> copy = value, other = failure;
  EXPECT_EQ(copy.value(), std::string(50, 'v'));
  EXPECT_FALSE(other.success());
  std::swap(copy, other);
  EXPECT_FALSE(copy.success());
  EXPECT_EQ(other.value(), std::string(50, 'v'));
  copy = value;
  EXPECT_TRUE(copy.success());
  copy = copy;
  EXPECT_EQ(copy.value(), std::string(50, 'v'));
  copy = failure;
  EXPECT_TRUE(copy.failure().check<ConnectionLost>());
  EXPECT_TRUE(failure.failure().check<ConnectionLost>());
}

TEST(Result, HoldsWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(1));
  Result<std::unique_ptr<int>> moved = std::move(result);
  EXPECT_EQ(*moved.value(), 1);
  result = std::move(moved);
  EXPECT_EQ(*std::move(result).value(), 1);
  EXPECT_FALSE(std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
}

struct Fragile {
  Fragile() = default;
  Fragile(const Fragile& other) : text(other.text), robust(other.robust) {
    if (!robust) throw std::runtime_error("broken");
  }
  std::string text = "long enough to have memory of its own";
  bool robust = true;
};

TEST(Result, FailsWhenAnAssignmentThrows) {
  Result<Fragile> result{Fragile()};
  Result<Fragile> other{Fragile()};
  other.value().robust = false;
  EXPECT_THROW(result = std::move(other), std::runtime_error);

  struct BreaksLater : Fragile {
    BreaksLater() = default;
    BreaksLater(BreaksLater&& from) : Fragile(), movesLeft(from.movesLeft - 1) {
      if (movesLeft < 0) throw std::runtime_error("broken");
    }
    int movesLeft = 9;
  };
  Result<BreaksLater> target{BreaksLater()}, source{BreaksLater()};
  source.value().movesLeft = 1;  // enough for the parameter
  EXPECT_THROW(target = std::move(source), std::runtime_error);
  EXPECT_FALSE(target.success());
}

TEST(Result, OfNothingIsDoneOrFailed) {
  const Result<void> done;
  EXPECT_TRUE(done.success());
  EXPECT_TRUE(static_cast<bool>(done));
  EXPECT_NO_THROW(done.value());
  const Result<void> failed(ConnectionLost{});
  EXPECT_FALSE(failed.success());
  EXPECT_THROW(failed.value(), ConnectionLost);
  EXPECT_TRUE(failed.failure().check<ConnectionLost>());
}

TEST(Result, SeveralWereCancelledWhenAllOfThemWere) {
  const Failure cancelled{CancelledError()}, other{ConnectionLost()};
  EXPECT_TRUE(wasCancelled(cancelled));
  EXPECT_TRUE(wasCancelled(Failure(FirstError(cancelled, 1))));
  EXPECT_TRUE(wasCancelled(Failure(FailureGroup({cancelled, Failure(FirstError(cancelled, 0))}))));
  EXPECT_FALSE(wasCancelled(Failure(FailureGroup({cancelled, other}))));
  EXPECT_FALSE(wasCancelled(Failure(FailureGroup({}))));
  EXPECT_FALSE(wasCancelled(other));
}

TEST(Result, ErrorsOfSeveralSayWhichAndWhy) {
  const FirstError first(ConnectionLost(), 2);
  EXPECT_EQ(first.index, 2u);
  EXPECT_TRUE(first.subFailure.check<ConnectionLost>());
  EXPECT_THAT(first.what(), ::testing::HasSubstr("index 2 failed: "));
  const FailureGroup group({Failure(std::runtime_error("a")), Failure(std::runtime_error("b"))});
  EXPECT_EQ(group.failures.size(), 2u);
  EXPECT_STREQ(group.what(), "all 2 failed: a: b");
}

}  // namespace
}  // namespace plait
