#pragma once

#include <plait/core/reactor_unix.hpp>
#include <plait/net/detail/stream_connector.hpp>

namespace plait::detail {

/// A client connection to a UNIX socket. The system connects at once or not at all; when the
/// server's queue is full, it is tried again until there is room or the time is up.
class UnixConnector final : public StreamConnector {
 public:
  UnixConnector(Loop& loop, std::string path, std::shared_ptr<ClientFactory> factory,
                const UNIXConnectOptions& options);

  Address getDestination() const override { return UNIXAddress{path_}; }

 private:
  struct UnixAttempt;

  std::shared_ptr<Attempt> newAttempt() override;
  void begin() override;
  void tryNow();
  void tryLater();
  /// 0, or the error of the system.
  int open(UniqueDescriptor& socket) const;
  std::shared_ptr<SocketConnection> makeConnection(UniqueDescriptor socket, const Address& peer,
                                                   const TransportOptions& options) override;

  std::shared_ptr<UnixConnector> self() {
    return std::static_pointer_cast<UnixConnector>(shared_from_this());
  }

  std::string path_;
  bool checkLock_;
};

}  // namespace plait::detail
