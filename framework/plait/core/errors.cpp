#include <fmt/format.h>

#include <plait/core/errors.hpp>

namespace plait {

std::string describe(std::error_code error) {
  return error.message();
}

ConnectionLost::ConnectionLost(std::error_code error)
    : ConnectionClosed(fmt::format(
          "Connection to the other side was lost in a non-clean fashion: {}.", describe(error))),
      osError(error) {}

WriteBufferFull::WriteBufferFull(std::size_t buffered, std::size_t limit)
    : ConnectionAborted(
          fmt::format("Connection was aborted: the peer has left {} bytes unread, {} are allowed.",
                      buffered, limit)) {}

WriteBudgetExceeded::WriteBudgetExceeded(std::size_t buffered, std::size_t limit)
    : ConnectionAborted(fmt::format(
          "Connection was aborted: {} bytes were waiting to be sent, and all connections together "
          "take more than their budget of {}.",
          buffered, limit)) {}

CloseTimeout::CloseTimeout(std::chrono::nanoseconds timeout)
    : ConnectionAborted(fmt::format("Connection was aborted: closing it made no progress for {} s.",
                                    std::chrono::duration<double>(timeout).count())) {}

ConnectError::ConnectError(std::error_code error, std::string_view to)
    : Error(to.empty() ? fmt::format("cannot connect: {}", describe(error))
                       : fmt::format("cannot connect to {}: {}", to, describe(error))),
      osError(error) {}

ConnectBindError::ConnectBindError(const Address& bindAddress, std::error_code error)
    : ConnectError(fmt::format("cannot bind {}: {}", bindAddress, describe(error))) {
  osError = error;
}

DNSLookupError::DNSLookupError(std::string_view hostname, std::string_view why)
    : ConnectError(fmt::format("cannot look up {}: {}", hostname, why)) {}

FileDescriptorOverrun::FileDescriptorOverrun()
    : ConnectionLost("More file descriptors were sent than bytes; each needs one to travel with.") {
}

ConnectingCancelledError::ConnectingCancelledError(const Address& to)
    : ConnectError(fmt::format("connecting to {} was cancelled", to)), address(to) {}

InvalidAddressError::InvalidAddressError(const Address& to, std::string_view why)
    : Error(fmt::format("cannot send to {}: {}", to, why)), address(to) {}

ProcessTerminated::ProcessTerminated(std::optional<int> code, std::optional<int> number)
    : ConnectionLost(number ? fmt::format("A process has ended with a probable error condition: "
                                          "process ended by signal {}.",
                                          *number)
                            : fmt::format("A process has ended with a probable error condition: "
                                          "process ended with exit code {}.",
                                          code.value_or(-1))),
      exitCode(code),
      signal(number) {}

std::exception_ptr getConnectError(std::error_code error, std::string_view to) {
  if (error == std::errc::connection_refused) {
    return std::make_exception_ptr(ConnectionRefusedError(error, to));
  }
  if (error == std::errc::timed_out) return std::make_exception_ptr(TCPTimedOutError(error, to));
  if (error == std::errc::network_unreachable || error == std::errc::host_unreachable) {
    return std::make_exception_ptr(NoRouteError(error, to));
  }
  return std::make_exception_ptr(ConnectError(error, to));
}

CannotListenError::CannotListenError(std::string_view where, std::error_code error)
    : CannotListenError(where, describe(error)) {
  osError = error;
}

CannotListenError::CannotListenError(std::string_view where, std::string_view why)
    : Error(fmt::format("cannot listen on {}: {}", where, why)) {}

}  // namespace plait
