#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/detail/happy_eyeballs.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/endpoints/idna.hpp>

namespace plait {

Deferred<std::shared_ptr<Protocol>> HostnameEndpoint::connect(std::shared_ptr<Factory> factory) {
  return detail::connectWith(std::move(factory), HostnameAddress{hostname_, port_},
                             [this](std::shared_ptr<detail::ConnectingFactory> winner) {
                               const auto race = std::make_shared<detail::HappyEyeballs>(
                                   tcp_, time_, std::move(winner), port_, options_);
                               race->start(names_, hostname_);
                             });
}

}  // namespace plait
