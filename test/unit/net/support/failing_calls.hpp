#pragma once

#include <span>
#include <string>
#include <vector>

namespace plait::testing {

/// The system calls that room net makes, through Asio or itself; but for those of a child before it
/// runs its program.
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
  fork,
  getpeername,
  getsockname,
  getsockopt,
  kill,
  listen,
  open,
  openTerminal,  ///< posix_openpt
  pidfdOpen,
  pipe,  ///< pipe2
  poll,
  read,
  recv,
  recvfrom,
  recvmsg,
  send,
  sendmsg,
  sendto,
  setFlags,  ///< fcntl(F_SETFL)
  setsockopt,
  shutdown,
  socket,
  timerfdCreate,
  waitpid,
  write,
  writev,
};
inline constexpr int kSystemCalls = static_cast<int>(SystemCall::writev) + 1;

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
/// that cannot be undone by failing (close, shutdown, waitpid) do their work all the same.
class FailingCall {
 public:
  FailingCall(SystemCall call, int nth, int error);
  FailingCall(const FailingCall&) = delete;
  ~FailingCall();

  /// True once the call has failed.
  bool happened() const;
};

/// While it lives, this thread's calls are not counted, and do not fail: they are the test's own.
class OwnCalls {
 public:
  OwnCalls();
  OwnCalls(const OwnCalls&) = delete;
  ~OwnCalls();

 private:
  void* fault_;
};

}  // namespace plait::testing
