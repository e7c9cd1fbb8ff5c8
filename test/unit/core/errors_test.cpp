#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/core/failure.hpp>
#include <type_traits>

namespace plait {
namespace {

using namespace std::chrono_literals;

template <class Base, class... Derived>
constexpr bool isBaseOfAll = (std::is_base_of_v<Base, Derived> && ...);

TEST(Errors, DeriveAsTwistedsDo) {
  EXPECT_TRUE((isBaseOfAll<std::exception, Error>));
  EXPECT_TRUE(
      (isBaseOfAll<Error, ConnectionClosed, ConnectError, CannotListenError, NotConnectingError,
                   ReactorNotRunning, ReactorAlreadyRunning, DelayedCallError>));
  EXPECT_TRUE((isBaseOfAll<ConnectionClosed, ConnectionDone, ConnectionLost>));
  EXPECT_TRUE((isBaseOfAll<ConnectionLost, ConnectionAborted, TLSTruncated>));
  EXPECT_TRUE((isBaseOfAll<ConnectionAborted, WriteBufferFull, CloseTimeout>));
  EXPECT_TRUE((isBaseOfAll<ConnectError, UserError, ConnectionRefusedError, TCPTimedOutError,
                           NoRouteError, ConnectBindError, DNSLookupError>));
  EXPECT_TRUE((isBaseOfAll<UserError, TimeoutError>));
  EXPECT_TRUE((isBaseOfAll<DelayedCallError, AlreadyCalled, AlreadyCancelled>));
  EXPECT_FALSE((std::is_base_of_v<ConnectionLost, ConnectionDone>));
}

TEST(Errors, SayWhatTwistedsSay) {
  EXPECT_STREQ(ConnectionDone().what(), "Connection was closed cleanly.");
  EXPECT_STREQ(ConnectionLost().what(),
               "Connection to the other side was lost in a non-clean fashion.");
  EXPECT_STREQ(UserError().what(), "User aborted connection.");
  EXPECT_STREQ(TimeoutError().what(), "User timeout caused connection failure.");
}

TEST(Errors, NameTheSystemsReason) {
  const std::error_code reset = std::make_error_code(std::errc::connection_reset);
  const ConnectionLost lost(reset);
  EXPECT_EQ(lost.osError, reset);
  EXPECT_STREQ(lost.what(),
               "Connection to the other side was lost in a non-clean fashion: Connection reset by "
               "peer.");
}

TEST(Errors, NameTheThingAndTheCause) {
  const std::error_code denied = std::make_error_code(std::errc::permission_denied);
  EXPECT_STREQ(CannotListenError("127.0.0.1:80", denied).what(),
               "cannot listen on 127.0.0.1:80: Permission denied");
  EXPECT_EQ(CannotListenError("127.0.0.1:80", denied).osError, denied);
  EXPECT_STREQ(CannotListenError("nowhere", "no such interface").what(),
               "cannot listen on nowhere: no such interface");
  EXPECT_STREQ(ConnectError(denied, "1.2.3.4:5").what(),
               "cannot connect to 1.2.3.4:5: Permission denied");
  EXPECT_STREQ(ConnectError(denied).what(), "cannot connect: Permission denied");
  const ConnectBindError bind(IPv4Address{{10, 0, 0, 2}, 0}, denied);
  EXPECT_STREQ(bind.what(), "cannot bind 10.0.0.2:0: Permission denied");
  EXPECT_EQ(bind.osError, denied);
  EXPECT_STREQ(DNSLookupError("no.example", "Name or service not known").what(),
               "cannot look up no.example: Name or service not known");
}

TEST(Errors, TellTheNumbersBehindAnAbort) {
  EXPECT_STREQ(WriteBufferFull(70, 64).what(),
               "Connection was aborted: the peer has left 70 bytes unread, 64 are allowed.");
  EXPECT_STREQ(CloseTimeout(30s).what(),
               "Connection was aborted: closing it made no progress for 30 s.");
  EXPECT_STREQ(CloseTimeout(500ms).what(),
               "Connection was aborted: closing it made no progress for 0.5 s.");
}

TEST(GetConnectError, FindsTheClassForTheSystemsError) {
  const auto failureOf = [](std::errc error) {
    return Failure(getConnectError(std::make_error_code(error), "host:1"));
  };
  EXPECT_NE(failureOf(std::errc::connection_refused).check<ConnectionRefusedError>(), nullptr);
  EXPECT_NE(failureOf(std::errc::timed_out).check<TCPTimedOutError>(), nullptr);
  EXPECT_NE(failureOf(std::errc::network_unreachable).check<NoRouteError>(), nullptr);
  EXPECT_NE(failureOf(std::errc::host_unreachable).check<NoRouteError>(), nullptr);

  const Failure other = failureOf(std::errc::permission_denied);
  EXPECT_EQ(other.typeName(), "plait::ConnectError");
  EXPECT_EQ(other.getErrorMessage(), "cannot connect to host:1: Permission denied");
  EXPECT_EQ(other.check<ConnectError>()->osError, std::errc::permission_denied);
}

TEST(GetConnectError, KnowsErrorsOfTheSystemCategory) {
  const std::error_code refused(ECONNREFUSED, std::system_category());
  const Failure failure(getConnectError(refused, "localhost:1"));
  ASSERT_NE(failure.check<ConnectionRefusedError>(), nullptr);
  EXPECT_EQ(failure.getErrorMessage(), "cannot connect to localhost:1: Connection refused");
}

}  // namespace
}  // namespace plait
