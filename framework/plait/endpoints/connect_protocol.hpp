#pragma once

#include <plait/endpoints/stream_client_endpoint.hpp>
#include <utility>

namespace plait {

namespace detail {

/// Gives the one protocol it has to the first connection.
class OneProtocolFactory final : public Factory {
 public:
  explicit OneProtocolFactory(std::shared_ptr<Protocol> protocol)
      : protocol_(std::move(protocol)) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::exchange(protocol_, nullptr);
  }

 private:
  std::shared_ptr<Protocol> protocol_;
};

}  // namespace detail

/// Connects `protocol`, and fires with it; fails as `StreamClientEndpoint::connect` does. Twisted:
/// `connectProtocol`.
///
///     connectProtocol(endpoint, std::make_shared<Greeter>())
///         .addCallback([](std::shared_ptr<Greeter> greeter) { greeter->greet("world"); })
template <class P>
Deferred<std::shared_ptr<P>> connectProtocol(StreamClientEndpoint& endpoint,
                                             std::shared_ptr<P> protocol) {
  return endpoint.connect(std::make_shared<detail::OneProtocolFactory>(protocol))
      .addCallback([protocol](const std::shared_ptr<Protocol>&) { return protocol; });
}

}  // namespace plait
