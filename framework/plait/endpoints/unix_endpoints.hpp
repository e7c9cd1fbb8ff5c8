#pragma once

#include <plait/core/reactor_unix.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

/// Listens at a path. Twisted: `UNIXServerEndpoint`.
class UNIXServerEndpoint : public StreamServerEndpoint {
 public:
  /// `reactor` must outlive the endpoint.
  UNIXServerEndpoint(ReactorUNIX& reactor, std::string path, UNIXListenOptions options = {})
      : reactor_(reactor), path_(std::move(path)), options_(std::move(options)) {}

  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;

 private:
  ReactorUNIX& reactor_;
  std::string path_;
  UNIXListenOptions options_;
};

/// Connects to a path. Twisted: `UNIXClientEndpoint`.
class UNIXClientEndpoint : public StreamClientEndpoint {
 public:
  /// `reactor` must outlive the endpoint.
  UNIXClientEndpoint(ReactorUNIX& reactor, std::string path, UNIXConnectOptions options = {})
      : reactor_(reactor), path_(std::move(path)), options_(std::move(options)) {}

  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;

 private:
  ReactorUNIX& reactor_;
  std::string path_;
  UNIXConnectOptions options_;
};

}  // namespace plait
