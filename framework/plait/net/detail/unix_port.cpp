#include <sys/socket.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/unix_connection.hpp>
#include <plait/net/detail/unix_name.hpp>
#include <plait/net/detail/unix_port.hpp>
#include <stdexcept>

namespace plait::detail {

UnixPort::UnixPort(Loop& loop, std::shared_ptr<Factory> factory, const TransportOptions& transport)
    : StreamPort(loop, std::move(factory), transport) {}

void UnixPort::listen(const std::string& path, const UNIXListenOptions& options) {
  const Address host = UNIXAddress{path};
  if (const std::string why = whyNoUnixName(path); !why.empty()) {
    throw CannotListenError(toString(host), why);
  }
  if (options.mode > 0777) {
    throw std::invalid_argument(
        fmt::format("listenUNIX: {:#o} are no permissions of a socket", options.mode));
  }
  try {
    open(path, options);
  } catch (const std::system_error& error) {
    throw CannotListenError(toString(host), error.code());
  }
  start(host, host);
}

/// Throws std::system_error or CannotListenError. Asio's own `open` would leave the socket to the
/// programs that this one starts.
void UnixPort::open(const std::string& path, const UNIXListenOptions& options) {
  const bool hasFile = !isAbstract(path);
  if (hasFile && options.lockFile) {
    lock_ = UnixLock(path);
    UnixSocketFile::removeStale(path);
  }
  UniqueDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw std::system_error(errno, std::system_category());
  ErrorCode error;
  const auto check = [&] {
    if (error) throw std::system_error(std::error_code(error));
  };
  acceptor().assign({AF_UNIX, 0}, socket.get(), error);
  check();
  socket.release();
  if (hasFile) {
    file_ = UnixSocketFile(acceptor().native_handle(), path, options.mode);
  } else {
    acceptor().bind(unixEndpoint(path), error);
    check();
  }
  acceptor().listen(options.backlog, error);
  check();
}

void UnixPort::adopt(AdoptedSocket socket) {
  socket.moveInto(acceptor());
  start(socket.host(), socket.host());
}

std::shared_ptr<SocketConnection> UnixPort::makeConnection(StreamSocket socket, const Address& peer,
                                                           const Address& host,
                                                           const TransportOptions& options) {
  return std::make_shared<UnixConnection>(loop(), std::move(socket), peer, host, options);
}

void UnixPort::closed() {
  file_.remove();
  lock_.release();
}

}  // namespace plait::detail
