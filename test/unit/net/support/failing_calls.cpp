#include "support/failing_calls.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <plait/net/detail/pidfd.hpp>
#include <system_error>
#include <utility>

// The program's own functions of these names come before the C library's, for all of it that is
// linked statically: plait, Asio, the tests.

namespace plait::testing {

namespace {

struct Fault {
  SystemCall call;
  int callsLeft;
  int error;
};
// Of one thread: what goes on in others (name lookups) fails for reasons of its own.
thread_local Fault* theFault = nullptr;

constexpr std::array<const char*, kSystemCalls> kNames = {
    "accept4",       "bind",           "close",   "connect", "fcntl",        "epoll_ctl",
    "epoll_create1", "epoll_wait",     "eventfd", "fork",    "getpeername",  "getsockname",
    "getsockopt",    "kill",           "listen",  "open",    "posix_openpt", "pidfd_open",
    "pipe2",         "poll",           "read",    "recv",    "recvfrom",     "recvmsg",
    "send",          "sendmsg",        "sendto",  "fcntl",   "setsockopt",   "shutdown",
    "socket",        "timerfd_create", "waitpid", "write",   "writev"};

const char* nameOf(SystemCall call) {
  return kNames[static_cast<std::size_t>(call)];
}

/// What this call is to fail with; 0 = it is none that fails.
int takeError(SystemCall call) {
  if (!theFault || theFault->call != call || theFault->callsLeft == 0) return 0;
  return --theFault->callsLeft == 0 ? theFault->error : 0;
}

template <SystemCall Call, class Function>
Function* theSystems() {
  static auto* const function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, nameOf(Call)));
  return function;
}

/// Makes the call, or fails it.
template <SystemCall Call, class Function, class... Args>
auto make(Args... args) -> decltype(std::declval<Function&>()(args...)) {
  if (const int error = takeError(Call); error != 0) {
    errno = error;
    return -1;
  }
  return theSystems<Call, Function>()(args...);
}

/// Makes the call, and perhaps tells an error nevertheless.
template <SystemCall Call, class Function, class... Args>
int makeAnyway(Args... args) {
  const int result = theSystems<Call, Function>()(args...);
  const int error = takeError(Call);
  if (error == 0) return result;
  errno = error;
  return -1;
}

/// Lets the system see one byte of `size`, or fails the call.
template <SystemCall Call>
bool failSending(std::size_t& size) {
  const int error = takeError(Call);
  if (error == kOneByteOnly) {
    size = std::min<std::size_t>(size, 1);
    return false;
  }
  if (error == 0) return false;
  errno = error;
  return true;
}

}  // namespace

std::span<const PlausibleFaults> plausibleFaults() {
  using enum SystemCall;
  // No EAGAIN where an edge of epoll's says that there is something: the system tells it only of a
  // socket that it will tell of again.
  static const std::vector<PlausibleFaults> faults = {
      {accept4, {EAGAIN, EINTR, ECONNABORTED, EPROTO, EPERM, EMFILE, ENFILE, ENOBUFS, ENOMEM}},
      {bind, {EADDRINUSE, EACCES, EADDRNOTAVAIL}},
      {SystemCall::close, {EINTR, EIO}},
      {connect, {ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EADDRNOTAVAIL, EACCES}},
      {duplicate, {EMFILE}},
      {epollAdd, {ENOMEM, ENOSPC}},
      {epollCreate, {EMFILE, ENFILE, ENOMEM}},
      {epollWait, {EINTR}},
      {SystemCall::eventfd, {EMFILE, ENFILE, ENOMEM}},
      {SystemCall::fork, {EAGAIN, ENOMEM}},
      {getpeername, {ENOTCONN}},
      {getsockname, {ENOBUFS}},
      {getsockopt, {ENOBUFS}},
      {SystemCall::kill, {EPERM, ESRCH}},
      {SystemCall::listen, {EADDRINUSE}},
      {SystemCall::open, {EACCES, EMFILE, ENFILE, ENOMEM}},
      {openTerminal, {EMFILE, ENOSPC}},
      {pidfdOpen, {EMFILE, ENOMEM, ENOSYS}},
      {SystemCall::pipe, {EMFILE, ENFILE}},
      {SystemCall::poll, {EINTR}},  // for one descriptor it needs no memory
      {SystemCall::read, {EINTR, EIO}},
      {recv, {EINTR, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOMEM}},
      {recvfrom, {EINTR, ECONNREFUSED, ENOMEM}},
      {recvmsg, {EINTR, ECONNRESET, ENOMEM}},
      {send, {kOneByteOnly, EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM}},
      {sendmsg, {kOneByteOnly, EAGAIN, EINTR, EPIPE, ECONNRESET, ENOBUFS, ENOMEM}},
      {sendto, {EAGAIN, EINTR, ENOBUFS, ENOMEM, EPERM, ENETUNREACH}},
      {setFlags, {EPERM}},
      {SystemCall::setsockopt, {EINVAL, ENOPROTOOPT, ENOBUFS, ENOMEM}},
      {SystemCall::shutdown, {ENOTCONN}},
      {SystemCall::socket, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}},
      {timerfdCreate, {EMFILE, ENOMEM}},
      {SystemCall::waitpid, {EINTR, ECHILD}},
      {SystemCall::write, {EINTR}},
      {SystemCall::writev, {kOneByteOnly, EAGAIN, EINTR, EPIPE, EIO}},
  };
  return faults;
}

std::string describeFault(SystemCall call, int error) {
  return std::string(nameOf(call)) + ": " +
         (error == kOneByteOnly ? "one byte only" : std::system_category().message(error));
}

FailingCall::FailingCall(SystemCall call, int nth, int error) {
  theFault = new Fault{call, nth, error};
}

FailingCall::~FailingCall() {
  delete theFault;
  theFault = nullptr;
}

bool FailingCall::happened() const {
  return theFault->callsLeft == 0;
}

OwnCalls::OwnCalls() : fault_(std::exchange(theFault, nullptr)) {}

OwnCalls::~OwnCalls() {
  theFault = static_cast<Fault*>(fault_);
}

}  // namespace plait::testing

using plait::testing::SystemCall;
using namespace plait::testing;

extern "C" {

int accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  return make<SystemCall::accept4, int(int, sockaddr*, socklen_t*, int)>(socket, address, size,
                                                                         flags);
}
int bind(int socket, const sockaddr* address, socklen_t size) noexcept {
  return make<SystemCall::bind, int(int, const sockaddr*, socklen_t)>(socket, address, size);
}
int close(int descriptor) {
  return makeAnyway<SystemCall::close, int(int)>(descriptor);
}
int connect(int socket, const sockaddr* address, socklen_t size) {
  return make<SystemCall::connect, int(int, const sockaddr*, socklen_t)>(socket, address, size);
}
int fcntl(int descriptor, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = va_arg(list, void*);
  va_end(list);
  using Function = int(int, int, ...);
  if (command == F_DUPFD_CLOEXEC) {
    return make<SystemCall::duplicate, Function>(descriptor, command, argument);
  }
  if (command == F_SETFL) {
    return make<SystemCall::setFlags, Function>(descriptor, command, argument);
  }
  return theSystems<SystemCall::duplicate, Function>()(descriptor, command, argument);
}
int epoll_ctl(int set, int operation, int descriptor, epoll_event* event) noexcept {
  using Function = int(int, int, int, epoll_event*);
  if (operation == EPOLL_CTL_ADD) {
    return make<SystemCall::epollAdd, Function>(set, operation, descriptor, event);
  }
  return theSystems<SystemCall::epollAdd, Function>()(set, operation, descriptor, event);
}
int epoll_create1(int flags) noexcept {
  return make<SystemCall::epollCreate, int(int)>(flags);
}
int epoll_wait(int set, epoll_event* events, int most, int timeout) {
  return make<SystemCall::epollWait, int(int, epoll_event*, int, int)>(set, events, most, timeout);
}
int eventfd(unsigned count, int flags) noexcept {
  return make<SystemCall::eventfd, int(unsigned, int)>(count, flags);
}
pid_t fork() noexcept {
  const pid_t pid = make<SystemCall::fork, pid_t()>();
  if (pid == 0) theFault = nullptr;
  return pid;
}
int getpeername(int socket, sockaddr* address, socklen_t* size) noexcept {
  return make<SystemCall::getpeername, int(int, sockaddr*, socklen_t*)>(socket, address, size);
}
int getsockname(int socket, sockaddr* address, socklen_t* size) noexcept {
  return make<SystemCall::getsockname, int(int, sockaddr*, socklen_t*)>(socket, address, size);
}
int getsockopt(int socket, int level, int name, void* value, socklen_t* size) noexcept {
  return make<SystemCall::getsockopt, int(int, int, int, void*, socklen_t*)>(socket, level, name,
                                                                             value, size);
}
int kill(pid_t process, int signal) noexcept {
  return make<SystemCall::kill, int(pid_t, int)>(process, signal);
}
int listen(int socket, int backlog) noexcept {
  return make<SystemCall::listen, int(int, int)>(socket, backlog);
}
int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const auto mode = static_cast<mode_t>((flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, int) : 0);
  va_end(list);
  return make<SystemCall::open, int(const char*, int, ...)>(path, flags, mode);
}
int pipe2(int* ends, int flags) noexcept {
  return make<SystemCall::pipe, int(int*, int)>(ends, flags);
}
int posix_openpt(int flags) {
  return make<SystemCall::openTerminal, int(int)>(flags);
}
int poll(pollfd* asked, nfds_t count, int timeout) {
  return make<SystemCall::poll, int(pollfd*, nfds_t, int)>(asked, count, timeout);
}
ssize_t read(int descriptor, void* data, std::size_t size) {
  return make<SystemCall::read, ssize_t(int, void*, std::size_t)>(descriptor, data, size);
}
ssize_t recv(int socket, void* data, std::size_t size, int flags) {
  return make<SystemCall::recv, ssize_t(int, void*, std::size_t, int)>(socket, data, size, flags);
}
ssize_t recvfrom(int socket, void* data, std::size_t size, int flags, sockaddr* from,
                 socklen_t* fromSize) {
  using Function = ssize_t(int, void*, std::size_t, int, sockaddr*, socklen_t*);
  return make<SystemCall::recvfrom, Function>(socket, data, size, flags, from, fromSize);
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
  return make<SystemCall::recvmsg, ssize_t(int, msghdr*, int)>(socket, message, flags);
}
ssize_t send(int socket, const void* data, std::size_t size, int flags) {
  if (failSending<SystemCall::send>(size)) return -1;
  using Function = ssize_t(int, const void*, std::size_t, int);
  return theSystems<SystemCall::send, Function>()(socket, data, size, flags);
}
ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  std::size_t size = 2;
  if (failSending<SystemCall::sendmsg>(size)) return -1;
  msghdr seen = *message;
  iovec first{};
  if (size == 1 && message->msg_iovlen > 0) {
    first = {message->msg_iov[0].iov_base, std::min<std::size_t>(message->msg_iov[0].iov_len, 1)};
    seen.msg_iov = &first;
    seen.msg_iovlen = 1;
  }
  return theSystems<SystemCall::sendmsg, ssize_t(int, const msghdr*, int)>()(socket, &seen, flags);
}
ssize_t sendto(int socket, const void* data, std::size_t size, int flags, const sockaddr* to,
               socklen_t toSize) {
  using Function = ssize_t(int, const void*, std::size_t, int, const sockaddr*, socklen_t);
  return make<SystemCall::sendto, Function>(socket, data, size, flags, to, toSize);
}
int setsockopt(int socket, int level, int name, const void* value, socklen_t size) noexcept {
  return make<SystemCall::setsockopt, int(int, int, int, const void*, socklen_t)>(
      socket, level, name, value, size);
}
int shutdown(int socket, int how) noexcept {
  return makeAnyway<SystemCall::shutdown, int(int, int)>(socket, how);
}
int socket(int family, int type, int protocol) noexcept {
  return make<SystemCall::socket, int(int, int, int)>(family, type, protocol);
}
int timerfd_create(clockid_t clock, int flags) noexcept {
  return make<SystemCall::timerfdCreate, int(clockid_t, int)>(clock, flags);
}
ssize_t write(int descriptor, const void* data, std::size_t size) {
  return make<SystemCall::write, ssize_t(int, const void*, std::size_t)>(descriptor, data, size);
}
ssize_t writev(int descriptor, const iovec* pieces, int count) {
  std::size_t size = 2;
  if (failSending<SystemCall::writev>(size)) return -1;
  iovec first = *pieces;
  if (size == 1) {
    first.iov_len = std::min<std::size_t>(first.iov_len, 1);
    pieces = &first;
    count = 1;
  }
  using Function = ssize_t(int, const iovec*, int);
  return theSystems<SystemCall::writev, Function>()(descriptor, pieces, count);
}
pid_t waitpid(pid_t child, int* status, int options) {
  using Function = pid_t(pid_t, int*, int);
  if (theFault && theFault->call == SystemCall::waitpid && theFault->error == EINTR) {
    if ((options & WNOHANG) == 0)
      return make<SystemCall::waitpid, Function>(child, status, options);
    return theSystems<SystemCall::waitpid, Function>()(child, status, options);
  }
  const pid_t found = theSystems<SystemCall::waitpid, Function>()(child, status, options);
  if (found <= 0) return found;
  const int error = takeError(SystemCall::waitpid);  // somebody else has waited for it
  if (error == 0) return found;
  errno = error;
  return -1;
}

}  // extern "C"

/// Takes the place of the library's, which makes a system call that has no function.
plait::detail::UniqueDescriptor plait::detail::openPidfd(pid_t child) {
  if (takeError(SystemCall::pidfdOpen) != 0) return UniqueDescriptor();
  return UniqueDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}
