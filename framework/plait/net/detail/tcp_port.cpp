#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/tcp_listening.hpp>
#include <plait/net/detail/tcp_port.hpp>

namespace plait::detail {

TcpPort::TcpPort(Loop& loop, std::shared_ptr<Factory> factory, ListenOptions options)
    : StreamPort(loop, std::move(factory), options.transport), options_(std::move(options)) {}

void TcpPort::listen(std::uint16_t port) {
  UniqueDescriptor socket = openListening(port, options_);
  const Address host = socketHost(socket.get()).toAddress();
  if (host == Address()) {
    throw CannotListenError(fmt::format("port {}", port),
                            std::error_code(errno, std::system_category()));
  }
  startAt(std::move(socket), host);
}

void TcpPort::adopt(AdoptedSocket socket) {
  const Address host = socket.host();
  startAt(socket.take(), host);
}

void TcpPort::startAt(UniqueDescriptor socket, const Address& host) {
  // Accepted sockets inherit it: one system call a connection less.
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool everywhere = toEndpoint(host).address().is_unspecified();
  start(std::move(socket), host, everywhere ? Address() : host);
}

}  // namespace plait::detail
