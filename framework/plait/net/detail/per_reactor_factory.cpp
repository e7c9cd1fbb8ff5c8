#include <plait/net/detail/per_reactor_factory.hpp>
#include <stdexcept>

namespace plait::detail {

std::shared_ptr<Protocol> PerReactorFactory::buildProtocol(const Address& address) {
  const auto pool = pool_.lock();
  const std::size_t index = pool->hereOrFirst();
  const Own& own = own_[index];
  // A connection may be handed over faster than the call that starts the factory.
  startOwn(index, starts_);
  return own.started > 0 ? own.factory->makeProtocol(address) : nullptr;
}

void PerReactorFactory::startFactory() {
  const auto pool = pool_.lock();
  const std::uint64_t start = ++starts_;
  const auto self = std::static_pointer_cast<PerReactorFactory>(shared_from_this());
  const auto startOn = [&](std::size_t index) {
    pool->callOn(index, [self, index, start] { self->startOwn(index, start); });
  };
  const std::size_t here = pool->hereOrFirst();
  try {
    startOn(here);  // what is wrong shows here, before the others know of it
    for (std::size_t i = 0; i < pool->size(); ++i) {
      if (i != here) startOn(i);
    }
  } catch (...) {
    stopFactory();
    throw;
  }
}

void PerReactorFactory::stopFactory() {
  const auto pool = pool_.lock();
  if (!pool) return;
  const auto self = std::static_pointer_cast<PerReactorFactory>(shared_from_this());
  for (std::size_t i = 0; i < pool->size(); ++i) {
    pool->callOn(i, [self, i, start = starts_.load()] { self->stopOwn(i, start); });
  }
}

void PerReactorFactory::startOwn(std::size_t index, std::uint64_t start) {
  Own& own = own_[index];
  if (own.tried >= start) return;
  stopOwn(index, own.started);
  own.tried = start;
  Reactor& reactor = pool_.lock()->reactor(index);
  if (!own.factory) own.factory = make_(reactor, index);
  if (!own.factory) throw std::logic_error(fmt::format("reactor {} was given no factory", index));
  own.factory->doStart();
  own.started = start;
  reactor.addSystemEventTrigger(
      TriggerPhase::during, "shutdown", [weak = weak_from_this(), index, start] {
        if (auto self = std::static_pointer_cast<PerReactorFactory>(weak.lock())) {
          self->stopOwn(index, start);
        }
      });
}

void PerReactorFactory::stopOwn(std::size_t index, std::uint64_t start) {
  Own& own = own_[index];
  if (own.started != start || start == 0) return;
  own.started = 0;
  own.factory->doStop();
}

}  // namespace plait::detail
