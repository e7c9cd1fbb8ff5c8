#pragma once

#include <memory>
#include <plait/core/protocol.hpp>
#include <tuple>
#include <utility>

namespace plait {

/// Makes a protocol per connection and keeps what they share. Twisted: `Factory`.
///
/// Own it by `std::shared_ptr`; its listeners, connectors and connections keep it alive. It may
/// keep its protocols; they refer to it weakly.
class Factory : public std::enable_shared_from_this<Factory> {
 public:
  Factory() = default;
  Factory(const Factory&) = delete;
  Factory& operator=(const Factory&) = delete;
  virtual ~Factory();

  /// A factory that makes a `P(args...)` for every connection. The arguments are copied; wrap in
  /// std::ref what is to be shared.
  template <class P, class... Args>
  static std::shared_ptr<Factory> forProtocol(Args... args);

  /// The protocol for a connection from (or to) `address`; null refuses the connection, which is
  /// then closed without a byte.
  virtual std::shared_ptr<Protocol> buildProtocol(const Address& address) = 0;

  /// `buildProtocol`, with the protocol's factory set where it was not. For transports.
  std::shared_ptr<Protocol> makeProtocol(const Address& address);

  /// Called before the first listener or connector that uses it starts, and after the last has
  /// ended.
  virtual void startFactory() {}
  virtual void stopFactory() {}

  /// Count the users and call the two above. For listeners and connectors.
  void doStart();
  void doStop();
  /// How many listeners and connectors use it.
  int numPorts() const { return numPorts_; }

 private:
  int numPorts_ = 0;
};

namespace detail {

using MakeProtocol = std::shared_ptr<Protocol> (*)();

template <class P>
std::shared_ptr<Protocol> makeProtocol() {
  return std::make_shared<P>();
}

/// `forProtocol`'s factory where there are no arguments; no template, so that those who use it
/// compile sooner.
std::shared_ptr<Factory> factoryFor(MakeProtocol make);

/// `forProtocol`'s factory, over Factory or ClientFactory.
template <class Base, class P, class... Args>
class ProtocolFactory final : public Base {
 public:
  explicit ProtocolFactory(Args... args) : args_(std::move(args)...) {}

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::apply([](auto&... args) { return std::make_shared<P>(args...); }, args_);
  }

 private:
  std::tuple<Args...> args_;
};

}  // namespace detail

template <class P, class... Args>
std::shared_ptr<Factory> Factory::forProtocol(Args... args) {
  if constexpr (sizeof...(Args) == 0) {
    return detail::factoryFor(&detail::makeProtocol<P>);
  } else {
    return std::make_shared<detail::ProtocolFactory<Factory, P, Args...>>(std::move(args)...);
  }
}

}  // namespace plait
