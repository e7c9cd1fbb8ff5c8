#pragma once

#include <span>
#include <string>
#include <vector>

namespace plait::testing {

/// The system calls that room net makes, through Asio or itself.
enum class SystemCall {
  accept4,
  bind,
  close,
  connect,
  duplicate,  ///< fcntl(F_DUPFD_CLOEXEC)
  epollAdd,   ///< epoll_ctl(EPOLL_CTL_ADD)
  epollCreate,
  epollWait,
  eventfd,
  getpeername,
  getsockname,
  getsockopt,
  listen,
  poll,
  read,
  recv,
  recvfrom,
  recvmsg,
  send,
  sendmsg,
  sendto,
  setsockopt,
  shutdown,
  socket,
  timerfdCreate,
  write,
};
inline constexpr int kSystemCalls = static_cast<int>(SystemCall::write) + 1;

/// A call, and the errors with which the system may answer it although the program is right.
struct PlausibleFaults {
  SystemCall call;
  std::vector<int> errors;
};
std::span<const PlausibleFaults> plausibleFaults();

/// Instead of an error: the system takes one byte of what is sent.
inline constexpr int kOneByteOnly = -1;

/// "accept4: Too many open files".
std::string describeFault(SystemCall call, int error);

/// While it lives, the `nth` (from 1) of this thread's calls of `call` fails with `error`. Calls
/// that cannot be undone by failing (close, shutdown) do their work all the same.
class FailingCall {
 public:
  FailingCall(SystemCall call, int nth, int error);
  FailingCall(const FailingCall&) = delete;
  ~FailingCall();

  /// True once the call has failed.
  bool happened() const;
};

}  // namespace plait::testing
