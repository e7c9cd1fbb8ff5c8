#pragma once

#include <plait/core/reactor_stdio.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

/// Standard input and output as the one connection there is: to serve, or to talk to. Its addresses
/// are unknown. Twisted: `StandardIOEndpoint`.
class StandardIOEndpoint : public StreamServerEndpoint, public StreamClientEndpoint {
 public:
  /// `reactor` must outlive the endpoint.
  explicit StandardIOEndpoint(ReactorStdio& reactor, StandardIOOptions options = {})
      : reactor_(reactor), options_(std::move(options)) {}

  /// Fires at once, with the connection made. Stopping the port leaves that alone.
  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;
  /// The same; `stopFactory` is not called, for what it serves lasts as long as the program.
  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;
  /// "stdio:"
  std::string describe(const ListeningPort&) const override { return "stdio:"; }

 private:
  ReactorStdio& reactor_;
  StandardIOOptions options_;
};

}  // namespace plait
