#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/detail/process_connection.hpp>
#include <plait/endpoints/process_endpoint.hpp>

namespace plait {

Deferred<std::shared_ptr<Protocol>> ProcessEndpoint::connect(std::shared_ptr<Factory> factory) {
  return detail::connectWith(std::move(factory), Address(), [this](auto attempt) {
    attempt->doStart();
    try {
      if (auto protocol = attempt->makeProtocol(Address())) {
        auto connection = std::make_shared<detail::ProcessConnection>(
            time_, options_, [attempt] { attempt->doStop(); });
        processes_.spawnProcess(connection->childProtocol(std::move(protocol)), executable_,
                                options_.process);
        return;
      }
    } catch (...) {
      attempt->fail(Failure());
    }
    attempt->doStop();
  });
}

}  // namespace plait
