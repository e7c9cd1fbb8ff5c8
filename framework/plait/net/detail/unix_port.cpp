#include <sys/socket.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/socket_address.hpp>
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
  UniqueDescriptor socket;
  try {
    socket = open(path, options);
  } catch (const std::system_error& error) {
    throw CannotListenError(toString(host), error.code());
  }
  start(std::move(socket), host, host);
}

/// Throws std::system_error or CannotListenError.
UniqueDescriptor UnixPort::open(const std::string& path, const UNIXListenOptions& options) {
  const bool hasFile = !isAbstract(path);
  if (hasFile && options.lockFile) {
    lock_ = UnixLock(path);
    UnixSocketFile::removeStale(path);
  }
  const auto orThrow = [](int result) {
    if (result < 0) throw std::system_error(errno, std::system_category());
  };
  UniqueDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  orThrow(socket.get());
  if (hasFile) {
    file_ = UnixSocketFile(socket.get(), path, options.mode);
  } else {
    const SocketAddress address(UNIXAddress{path});
    orThrow(::bind(socket.get(), address.data(), address.size()));
  }
  orThrow(::listen(socket.get(), options.backlog));
  return socket;
}

void UnixPort::adopt(AdoptedSocket socket) {
  const Address host = socket.host();
  start(socket.take(), host, host);
}

std::shared_ptr<SocketConnection> UnixPort::makeConnection(UniqueDescriptor socket,
                                                           const Address& peer, const Address& host,
                                                           const TransportOptions& options) {
  return std::make_shared<UnixConnection>(loop(), std::move(socket), peer, host, options);
}

void UnixPort::closed() {
  file_.remove();
  lock_.release();
}

}  // namespace plait::detail
