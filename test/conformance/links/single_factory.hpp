#pragma once

#include "links.hpp"

namespace plait::testing {

/// A factory for one connection, whose protocol is there already.
class SingleFactory final : public ClientFactory {
 public:
  explicit SingleFactory(std::shared_ptr<Protocol> protocol) : protocol_(std::move(protocol)) {}

  /// True once the protocol has been handed out, and so told of its connection; or there is none,
  /// for the server has reset it already.
  bool done() const { return !protocol_; }

  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    return std::exchange(protocol_, nullptr);
  }
  void clientConnectionFailed(Connector&, const Failure&) override { protocol_ = nullptr; }

 private:
  std::shared_ptr<Protocol> protocol_;
};

/// The factories of one connection.
struct FactoryPair {
  FactoryPair(std::shared_ptr<Protocol> serverProtocol, std::shared_ptr<Protocol> clientProtocol,
              const Wrapping& wrapping)
      : serverEnd(std::make_shared<SingleFactory>(std::move(serverProtocol))),
        clientEnd(std::make_shared<SingleFactory>(std::move(clientProtocol))) {
    server = wrapping.server ? wrapping.server(serverEnd) : serverEnd;
    client = wrapping.client ? wrapping.client(clientEnd) : clientEnd;
  }
  bool done() const { return serverEnd->done() && clientEnd->done(); }

  std::shared_ptr<SingleFactory> serverEnd, clientEnd;
  std::shared_ptr<Factory> server;        ///< serverEnd, wrapped
  std::shared_ptr<ClientFactory> client;  ///< clientEnd, wrapped
};

}  // namespace plait::testing
