#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/adopted_socket.hpp>
#include <plait/net/detail/socket_address.hpp>

namespace plait::detail {

namespace {

int option(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

AdoptedSocket::AdoptedSocket(int descriptor, Kind kind)
    : descriptor_(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor_) {
    look(kind);
  } else {
    refuse(errno, errno == EBADF ? "it is not open" : "");
  }
}

void AdoptedSocket::look(Kind kind) {
  const int type = option(descriptor_.get(), SO_TYPE);
  if (type < 0) return refuse(errno, errno == ENOTSOCK ? "it is no socket" : "");
  if (type != SOCK_STREAM) return refuse(EPROTOTYPE, "it is no stream socket");
  const SocketAddress host = socketHost(descriptor_.get());
  if (host.size() == 0) return refuse(errno, "");
  host_ = host.toAddress();
  if (host_ == Address()) return refuse(EAFNOSUPPORT, "it is neither a TCP nor a UNIX socket");

  const bool listens = option(descriptor_.get(), SO_ACCEPTCONN) == 1;
  if (kind == Kind::listening) {
    if (!listens) refuse(EINVAL, "it does not listen");
    return;
  }
  if (listens) return refuse(EINVAL, "it listens, it is no connection");
  peer_ = socketPeer(descriptor_.get()).toAddress();
  if (peer_ == Address()) refuse(ENOTCONN, "it is not connected");
}

/// An empty `why`: the system's words.
void AdoptedSocket::refuse(int error, std::string why) {
  error_ = std::error_code(error, std::system_category());
  why_ = why.empty() ? describe(error_) : std::move(why);
}

}  // namespace plait::detail
