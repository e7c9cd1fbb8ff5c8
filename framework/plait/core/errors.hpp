#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <plait/core/address.hpp>
#include <string>
#include <system_error>

/// Everything plait throws or gives as a reason. The classes and what they derive from are
/// Twisted's (`twisted.internet.error`); plait adds WriteBufferFull, CloseTimeout and TLSTruncated.
namespace plait {

/// Base of plait's errors: a message that names the thing and the cause.
class Error : public std::exception {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// --- Reasons for which a connection ended -------------------------------------------------------

/// Base of the reasons given to `connectionLost`.
struct ConnectionClosed : Error {
  using Error::Error;
};

/// Closed cleanly, by either side.
struct ConnectionDone : ConnectionClosed {
  ConnectionDone() : ConnectionClosed("Connection was closed cleanly.") {}
  using ConnectionClosed::ConnectionClosed;
};

/// Ended in a non-clean fashion; `osError` has the system's reason where there is one.
struct ConnectionLost : ConnectionClosed {
  ConnectionLost()
      : ConnectionClosed("Connection to the other side was lost in a non-clean fashion.") {}
  explicit ConnectionLost(std::error_code osError);
  using ConnectionClosed::ConnectionClosed;
  std::error_code osError;
};

/// Ended by `abortConnection()` on this side.
struct ConnectionAborted : ConnectionLost {
  ConnectionAborted() : ConnectionLost("Connection was aborted locally using abortConnection.") {}
  using ConnectionLost::ConnectionLost;
};

/// More was written than the peer takes and the transport's cap allows; the connection was aborted.
struct WriteBufferFull : ConnectionAborted {
  WriteBufferFull(std::size_t buffered, std::size_t limit);
};

/// More was waiting to be sent on all connections of a reactor than its write budget allows, and
/// on this one the most; it was aborted.
struct WriteBudgetExceeded : ConnectionAborted {
  WriteBudgetExceeded(std::size_t buffered, std::size_t limit);
};

/// A close made no progress for the transport's close timeout; the connection was aborted.
struct CloseTimeout : ConnectionAborted {
  explicit CloseTimeout(std::chrono::nanoseconds timeout);
};

/// A TLS peer went away without saying so (no close_notify): the data may be cut short.
struct TLSTruncated : ConnectionLost {
  TLSTruncated() : ConnectionLost("Peer closed the TLS connection without close_notify.") {}
};

/// TLS has failed: a handshake that came to nothing, or records that are none. The message says
/// what OpenSSL says. Twisted: `SSL.Error`.
struct TLSError : ConnectionLost {
  using ConnectionLost::ConnectionLost;
};

/// The peer's certificate was not accepted; the message says why.
struct TLSVerificationError : TLSError {
  using TLSError::TLSError;
};

/// More file descriptors were sent than bytes; each needs one to travel with.
struct FileDescriptorOverrun : ConnectionLost {
  FileDescriptorOverrun();
};

// --- Reasons for which a connect failed ---------------------------------------------------------

/// Base of the reasons given to `clientConnectionFailed`.
struct ConnectError : Error {
  explicit ConnectError(std::error_code osError, std::string_view to = {});
  using Error::Error;
  std::error_code osError;
};

/// `Connector::stopConnecting` was called.
struct UserError : ConnectError {
  UserError() : ConnectError("User aborted connection.") {}
  using ConnectError::ConnectError;
};

/// The time allowed for connecting (name lookup included) has passed.
struct TimeoutError : UserError {
  TimeoutError() : UserError("User timeout caused connection failure.") {}
  using UserError::UserError;
};

struct ConnectionRefusedError : ConnectError {
  using ConnectError::ConnectError;
};

/// The system gave up: nobody answered.
struct TCPTimedOutError : ConnectError {
  using ConnectError::ConnectError;
};

/// Network or host cannot be reached.
struct NoRouteError : ConnectError {
  using ConnectError::ConnectError;
};

/// The local address asked for could not be bound.
struct ConnectBindError : ConnectError {
  ConnectBindError(const Address& bindAddress, std::error_code osError);
};

/// A name that cannot be looked up.
struct DNSLookupError : ConnectError {
  DNSLookupError(std::string_view hostname, std::string_view why);
};

/// The attempt was cancelled through its Deferred. Twisted: `ConnectingCancelledError`.
struct ConnectingCancelledError : ConnectError {
  explicit ConnectingCancelledError(const Address& address);
  Address address;
};

/// A UNIX socket whose server is not there: it left the file, but no live lock.
struct BadFileError : ConnectError {
  using ConnectError::ConnectError;
};

/// The ConnectError class for a system error: refused, timed out, no route, or ConnectError itself.
/// The message names `to`. Twisted: `getConnectError`, with EHOSTUNREACH a NoRouteError too.
std::exception_ptr getConnectError(std::error_code osError, std::string_view to);

// --- What the caller did wrong (thrown) ---------------------------------------------------------

/// The address cannot be listened on. Message: `cannot listen on 127.0.0.1:80: Permission denied`.
struct CannotListenError : Error {
  CannotListenError(std::string_view where, std::error_code osError);
  CannotListenError(std::string_view where, std::string_view why);
  std::error_code osError;
};

/// An adopted descriptor can be listened on once.
struct AlreadyListened : Error {
  AlreadyListened() : Error("this descriptor is listened on already") {}
};

/// Not an address that a datagram can go to: a host name, or one of another family.
struct InvalidAddressError : Error {
  InvalidAddressError(const Address& address, std::string_view why);
  Address address;
};

/// A datagram too long to be sent.
struct MessageLengthError : Error {
  using Error::Error;
};

/// A multicast group could not be joined or left.
struct MulticastJoinError : Error {
  using Error::Error;
};

struct NotConnectingError : Error {
  NotConnectingError() : Error("the connector is not connecting") {}
};
struct ReactorNotRunning : Error {
  ReactorNotRunning() : Error("can't stop a reactor that isn't running") {}
};
struct ReactorAlreadyRunning : Error {
  ReactorAlreadyRunning() : Error("the reactor is running already") {}
};

// --- How a process ended ------------------------------------------------------------------------

/// It exited with status 0.
struct ProcessDone : ConnectionDone {
  ProcessDone()
      : ConnectionDone(
            "A process has ended without apparent errors: process finished with exit code 0.") {}
};

/// It exited with another status, or by a signal.
struct ProcessTerminated : ConnectionLost {
  ProcessTerminated(std::optional<int> exitCode, std::optional<int> signal);
  std::optional<int> exitCode;  ///< unset when a signal ended it
  std::optional<int> signal;
};

/// It cannot be signalled any more.
struct ProcessExitedAlready : Error {
  ProcessExitedAlready() : Error("the process has ended already") {}
};

/// Base of what DelayedCall's methods throw when it is too late.
struct DelayedCallError : Error {
  using Error::Error;
};
struct AlreadyCalled : DelayedCallError {
  AlreadyCalled() : DelayedCallError("Tried to cancel or move an already-called event.") {}
};
struct AlreadyCancelled : DelayedCallError {
  AlreadyCancelled() : DelayedCallError("Tried to cancel or move an already-cancelled event.") {}
};

/// The system's words for an error, capitalised as strerror(3) has them: "Permission denied".
std::string describe(std::error_code error);

}  // namespace plait
