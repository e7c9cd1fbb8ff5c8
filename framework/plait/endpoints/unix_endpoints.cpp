#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/unix_endpoints.hpp>

namespace plait {

Deferred<std::shared_ptr<ListeningPort>> UNIXServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] { return reactor_.listenUNIX(path_, std::move(factory), options_); });
}

Deferred<std::shared_ptr<Protocol>> UNIXClientEndpoint::connect(std::shared_ptr<Factory> factory) {
  return detail::connectWith(std::move(factory), UNIXAddress{path_}, [this](auto attempt) {
    reactor_.connectUNIX(path_, std::move(attempt), options_);
  });
}

}  // namespace plait
