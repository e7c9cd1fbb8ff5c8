#pragma once

#include <plait/policies/place.hpp>
#include <plait/policies/protocol_wrapper.hpp>

namespace plait::detail {

/// A connection that takes up a place for as long as it lives.
class PlacedProtocol final : public ProtocolWrapper {
 public:
  PlacedProtocol(std::shared_ptr<Protocol> wrapped, Place place)
      : ProtocolWrapper(std::move(wrapped)), place_(std::move(place)) {}

  void connectionLost(const Failure& reason) override {
    place_.giveBack();
    ProtocolWrapper::connectionLost(reason);
  }

 private:
  Place place_;
};

/// `protocol` in its place; null, and no place taken, when there is none.
inline std::shared_ptr<Protocol> placed(std::shared_ptr<Protocol> protocol, Place place) {
  if (!protocol) return nullptr;
  return std::make_shared<PlacedProtocol>(std::move(protocol), std::move(place));
}

}  // namespace plait::detail
