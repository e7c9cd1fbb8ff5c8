#pragma once

#include <plait/core/reactor_socket.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

/// Accepts from a socket that listens already, opened by whoever started this process, say.
/// Twisted: `AdoptedStreamServerEndpoint`.
///
/// It uses a duplicate; the descriptor stays the caller's.
class AdoptedStreamServerEndpoint : public StreamServerEndpoint {
 public:
  /// `reactor` must outlive the endpoint, and `descriptor` be open until `listen`.
  AdoptedStreamServerEndpoint(ReactorSocket& reactor, int descriptor,
                              TransportOptions transport = {})
      : reactor_(reactor), descriptor_(descriptor), transport_(transport) {}

  /// Fails with AlreadyListened when it was called before, and with CannotListenError when the
  /// descriptor is no listening socket.
  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;

  int descriptor() const { return descriptor_; }

 private:
  ReactorSocket& reactor_;
  int descriptor_;
  TransportOptions transport_;
  bool used_ = false;
};

}  // namespace plait
