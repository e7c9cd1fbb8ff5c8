#pragma once

#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/stream_connector.hpp>

namespace plait::detail {

/// A TCP client connection: looks the name up, and tries its addresses one after the other.
class TcpConnector final : public StreamConnector {
 public:
  TcpConnector(Loop& loop, ReactorNames& names, std::string host, std::uint16_t port,
               std::shared_ptr<ClientFactory> factory, ConnectOptions options);

  Address getDestination() const override;

 private:
  struct TcpAttempt;

  std::shared_ptr<Attempt> newAttempt() override;
  void begin() override;
  void resolved(Result<std::vector<Address>> found);
  void tryNext();
  void tried(ErrorCode error);
  TcpAttempt& attempt() const;
  std::shared_ptr<TcpConnector> self() {
    return std::static_pointer_cast<TcpConnector>(shared_from_this());
  }

  ReactorNames& names_;
  std::string host_;
  std::uint16_t port_;
  Address bindAddress_;
};

}  // namespace plait::detail
