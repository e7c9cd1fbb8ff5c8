#pragma once

#include <plait/core/factory.hpp>

namespace plait::testing {

/// A factory whose one protocol is there already; null refuses.
struct OneProtocol : Factory {
  explicit OneProtocol(std::shared_ptr<Protocol> given) : protocol(std::move(given)) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override { return protocol; }
  std::shared_ptr<Protocol> protocol;
};

}  // namespace plait::testing
