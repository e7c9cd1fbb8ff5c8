#include "support/failing_accept.hpp"

#include <dlfcn.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

namespace plait::testing {

namespace {

std::atomic<int> theError = 0;
std::atomic<int> timesLeft = 0;
std::atomic<int> failed = 0;

}  // namespace

FailingAccept::FailingAccept(int error, int times) {
  failed = 0;
  timesLeft = times;
  theError = error;
}

FailingAccept::~FailingAccept() {
  theError = 0;
}

int FailingAccept::attempts() const {
  return failed;
}

/// What the call is to fail with; 0 = nothing.
int takeAcceptError() {
  const int error = theError;
  if (error == 0 || timesLeft == 0) return 0;
  --timesLeft;
  ++failed;
  return error;
}

}  // namespace plait::testing

extern "C" int accept4(int socket, sockaddr* address, socklen_t* size, int flags) {
  using Accept = int(int, sockaddr*, socklen_t*, int);
  static auto* theSystems = reinterpret_cast<Accept*>(dlsym(RTLD_NEXT, "accept4"));
  if (const int error = plait::testing::takeAcceptError(); error != 0) {
    errno = error;
    return -1;
  }
  return theSystems(socket, address, size, flags);
}
