#include <plait/core/errors.hpp>
#include <plait/endpoints/adopted_stream_server_endpoint.hpp>
#include <utility>

namespace plait {

Deferred<std::shared_ptr<ListeningPort>> AdoptedStreamServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] {
    if (std::exchange(used_, true)) throw AlreadyListened();
    return reactor_.adoptStreamPort(descriptor_, std::move(factory), {.transport = transport_});
  });
}

}  // namespace plait
