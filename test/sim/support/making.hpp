#pragma once

#include <memory>
#include <plait/core/client_factory.hpp>
#include <utility>

namespace plait::sim {

/// A factory (Factory or ClientFactory) whose protocols are made by a function.
template <class Base, class Make>
class Making : public Base {
 public:
  explicit Making(Make make) : make_(std::move(make)) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override { return make_(); }

 private:
  Make make_;
};

template <class Make>
std::shared_ptr<Factory> serversMadeBy(Make make) {
  return std::make_shared<Making<Factory, Make>>(std::move(make));
}
template <class Make>
std::shared_ptr<ClientFactory> clientsMadeBy(Make make) {
  return std::make_shared<Making<ClientFactory, Make>>(std::move(make));
}

}  // namespace plait::sim
