#include <plait/core/errors.hpp>
#include <plait/net/detail/adopted_socket.hpp>
#include <plait/net/detail/adopting.hpp>
#include <plait/net/detail/tcp_port.hpp>
#include <plait/net/detail/unix_connection.hpp>
#include <plait/net/detail/unix_port.hpp>

namespace plait::detail {

std::shared_ptr<ListeningPort> adoptPort(Loop& loop, int descriptor,
                                         std::shared_ptr<Factory> factory,
                                         const ListenOptions& options) {
  AdoptedSocket socket(descriptor, AdoptedSocket::Kind::listening);
  if (socket.error()) {
    CannotListenError error(fmt::format("descriptor {}", descriptor), socket.why());
    error.osError = socket.error();
    throw error;
  }
  const auto adopt = [&](auto port) {
    port->adopt(std::move(socket));
    return port;
  };
  if (socket.isUnix()) {
    return adopt(std::make_shared<UnixPort>(loop, std::move(factory), options.transport));
  }
  return adopt(std::make_shared<TcpPort>(loop, std::move(factory), options));
}

std::shared_ptr<Transport> adoptConnection(Loop& loop, int descriptor, Factory& factory,
                                           const TransportOptions& options) {
  AdoptedSocket adopted(descriptor, AdoptedSocket::Kind::connected);
  if (adopted.error()) {
    throw std::system_error(
        adopted.error(), fmt::format("cannot serve descriptor {}: {}", descriptor, adopted.why()));
  }
  const auto connection =
      serveSocket(loop, adopted.take(), adopted.peer(), adopted.host(), factory, options, nullptr);
  if (!connection) return nullptr;
  connection->setTcpNoDelay(true);
  if (loop.stopping) connection->shutDown();
  return connection;
}

std::shared_ptr<Connection> serveSocket(Loop& loop, UniqueDescriptor socket, const Address& peer,
                                        const Address& host, Factory& factory,
                                        const TransportOptions& options,
                                        std::shared_ptr<ConnectionOwner> owner) {
  Loop::Callback callback(loop);
  std::shared_ptr<Protocol> protocol;
  try {
    const Loop::WatchedCall watched(loop, "buildProtocol");
    protocol = factory.makeProtocol(peer);
  } catch (...) {
    loop.logger().failure(Failure(), "buildProtocol threw, the connection with {} is closed", peer);
  }
  if (!protocol) return nullptr;  // refused

  std::shared_ptr<Connection> connection;
  if (peer.as<UNIXAddress>()) {
    connection = std::make_shared<UnixConnection>(loop, std::move(socket), peer, host, options);
  } else {
    connection = std::make_shared<SocketConnection>(loop, std::move(socket), peer, host, options);
  }
  connection->begin(std::move(protocol), std::move(owner));
  return connection;
}

}  // namespace plait::detail
