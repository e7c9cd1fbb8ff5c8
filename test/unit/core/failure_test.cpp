#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/core/failure.hpp>
#include <stdexcept>

namespace plait {
namespace {

struct Plain {
  int value;
};
struct Polymorphic {
  virtual ~Polymorphic() = default;
};
struct DerivedPolymorphic : Polymorphic {};

TEST(Failure, ChecksForItsTypeAndBases) {
  const Failure failure{ConnectionAborted()};
  EXPECT_NE(failure.check<ConnectionAborted>(), nullptr);
  EXPECT_NE(failure.check<ConnectionLost>(), nullptr);
  EXPECT_NE(failure.check<ConnectionClosed>(), nullptr);
  EXPECT_NE(failure.check<Error>(), nullptr);
  EXPECT_NE(failure.check<std::exception>(), nullptr);
  EXPECT_EQ(failure.check<ConnectionDone>(), nullptr);
  EXPECT_EQ(failure.check<std::runtime_error>(), nullptr);
  EXPECT_EQ(failure.check<Plain>(), nullptr);
  EXPECT_EQ(failure.check<Polymorphic>(), nullptr);
  EXPECT_EQ(failure.check<int>(), nullptr);
}

TEST(Failure, GivesTheErrorItHolds) {
  const std::error_code code = std::make_error_code(std::errc::connection_reset);
  const Failure failure{ConnectionLost(code)};
  const auto* lost = failure.check<ConnectionLost>();
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->osError, code);
}

TEST(Failure, HoldsWhatIsNoStandardException) {
  const Failure number(42);
  ASSERT_NE(number.check<int>(), nullptr);
  EXPECT_EQ(*number.check<int>(), 42);
  EXPECT_EQ(number.check<long>(), nullptr);
  EXPECT_EQ(number.check<std::exception>(), nullptr);
  EXPECT_EQ(number.getErrorMessage(), "int");
  EXPECT_EQ(number.typeName(), "int");

  const Failure plain(Plain{7});
  ASSERT_NE(plain.check<Plain>(), nullptr);
  EXPECT_EQ(plain.check<Plain>()->value, 7);
  EXPECT_NE(plain.typeName().find("Plain"), std::string::npos);

  const Failure derived{DerivedPolymorphic()};
  EXPECT_NE(derived.check<Polymorphic>(), nullptr);
}

TEST(Failure, TrapsTheTypesItIsAskedFor) {
  const Failure failure{ConnectionDone()};
  EXPECT_NO_THROW(failure.trap<ConnectionDone>());
  EXPECT_NO_THROW((failure.trap<std::runtime_error, ConnectionClosed>()));
  EXPECT_THROW((failure.trap<std::runtime_error, ConnectionLost>()), ConnectionDone);
  EXPECT_THROW(failure.trap<>(), ConnectionDone);
  EXPECT_THROW(Failure(3).trap<std::exception>(), int);
}

TEST(Failure, TellsMessageAndTypeName) {
  const Failure failure{std::runtime_error("the cause")};
  EXPECT_EQ(failure.getErrorMessage(), "the cause");
  EXPECT_EQ(failure.typeName(), "std::runtime_error");
  EXPECT_EQ(Failure(ConnectionDone()).typeName(), "plait::ConnectionDone");
}

TEST(Failure, TakesTheExceptionBeingHandled) {
  try {
    throw std::out_of_range("here");
  } catch (...) {
    const Failure failure;
    EXPECT_NE(failure.check<std::out_of_range>(), nullptr);
    EXPECT_EQ(failure.getErrorMessage(), "here");
  }
}

TEST(Failure, RefusesToHoldNothing) {
  EXPECT_THROW(Failure(), std::logic_error);
  EXPECT_THROW(Failure{std::exception_ptr()}, std::invalid_argument);
}

TEST(Failure, SharesItsErrorAmongCopies) {
  const Failure failure{std::runtime_error("shared")};
  const Failure copy = failure;
  EXPECT_EQ(copy.check<std::runtime_error>(), failure.check<std::runtime_error>());
  EXPECT_EQ(copy.exception(), failure.exception());
}

TEST(Failure, OutlivesTheFailureItWasCopiedFrom) {
  auto first = std::make_unique<Failure>(std::runtime_error("still here"));
  const Failure copy = *first;
  first.reset();
  EXPECT_EQ(copy.getErrorMessage(), "still here");
}

TEST(Failure, RaisesTheErrorAgain) {
  EXPECT_THROW(Failure(ConnectionLost()).raiseException(), ConnectionLost);
  EXPECT_THROW(Failure(7).raiseException(), int);
}

TEST(Failure, ConvertsFromStandardExceptionsOnly) {
  EXPECT_TRUE((std::is_convertible_v<ConnectionDone, Failure>));
  EXPECT_TRUE((std::is_convertible_v<std::runtime_error, Failure>));
  EXPECT_FALSE((std::is_convertible_v<int, Failure>));
  EXPECT_FALSE((std::is_convertible_v<std::exception_ptr, Failure>));
}

TEST(Failure, ConnectionDoneIsMadeOnce) {
  EXPECT_EQ(connectionDone().exception(), connectionDone().exception());
  EXPECT_NE(connectionDone().check<ConnectionDone>(), nullptr);
  EXPECT_EQ(connectionDone().getErrorMessage(), "Connection was closed cleanly.");
}

}  // namespace
}  // namespace plait
