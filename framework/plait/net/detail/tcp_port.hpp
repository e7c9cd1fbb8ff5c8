#pragma once

#include <plait/core/reactor_tcp.hpp>
#include <plait/net/detail/adopted_socket.hpp>
#include <plait/net/detail/stream_port.hpp>

namespace plait::detail {

/// A listening TCP socket.
class TcpPort final : public StreamPort {
 public:
  TcpPort(Loop& loop, std::shared_ptr<Factory> factory, ListenOptions options);

  /// Binds and starts accepting. Throws CannotListenError.
  void listen(std::uint16_t port);
  /// Accepts from a socket that listens already.
  void adopt(AdoptedSocket socket);

 private:
  void startAt(UniqueDescriptor socket, const Address& host);

  ListenOptions options_;
};

}  // namespace plait::detail
