#include <plait/policies/limit_connection_rate.hpp>
#include <stdexcept>

namespace plait {

LimitConnectionRate::LimitConnectionRate(std::shared_ptr<Factory> wrapped,
                                         ConnectionRateOptions options, RefusalOptions refusals)
    : LimitConnectionRate(std::move(wrapped), std::make_shared<ConnectionRateLimit>(options),
                          std::move(refusals)) {}

LimitConnectionRate::LimitConnectionRate(std::shared_ptr<Factory> wrapped,
                                         std::shared_ptr<ConnectionRateLimit> limit,
                                         RefusalOptions refusals)
    : WrappingFactory(std::move(wrapped)),
      limit_(std::move(limit)),
      refusals_(std::move(refusals)) {
  if (!limit_) throw std::invalid_argument("LimitConnectionRate: there is no limit");
}

std::shared_ptr<Protocol> LimitConnectionRate::buildProtocol(const Address& address) {
  using Verdict = ConnectionRateLimit::Verdict;
  switch (limit_->admit(address, refusals_.now())) {
    case Verdict::admitted:
      return wrappedFactory().makeProtocol(address);
    case Verdict::peerTooFast:
      refusals_.tell(address, "it connects too often");
      break;
    case Verdict::allTooFast:
      refusals_.tell(address, "too many connect at once");
      break;
  }
  return nullptr;
}

}  // namespace plait
