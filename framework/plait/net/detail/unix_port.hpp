#pragma once

#include <plait/core/reactor_unix.hpp>
#include <plait/net/detail/adopted_socket.hpp>
#include <plait/net/detail/stream_port.hpp>
#include <plait/net/detail/unix_lock.hpp>
#include <plait/net/detail/unix_socket_file.hpp>

namespace plait::detail {

/// A listening UNIX socket, with its file and its lock.
class UnixPort final : public StreamPort {
 public:
  UnixPort(Loop& loop, std::shared_ptr<Factory> factory, const TransportOptions& transport);

  /// Binds and starts accepting. Throws CannotListenError.
  void listen(const std::string& path, const UNIXListenOptions& options);
  /// Accepts from a socket that listens already. Its file is somebody else's.
  void adopt(AdoptedSocket socket);

 private:
  UniqueDescriptor open(const std::string& path, const UNIXListenOptions& options);
  std::shared_ptr<SocketConnection> makeConnection(UniqueDescriptor socket, const Address& peer,
                                                   const Address& host,
                                                   const TransportOptions& options) override;
  void closed() override;

  UnixLock lock_;        // if any
  UnixSocketFile file_;  // if any; removed before the lock
};

}  // namespace plait::detail
