#include <mutex>
#include <plait/core/errors.hpp>
#include <plait/net/detail/pool_port.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/socket_taker.hpp>

namespace plait::detail {

namespace {

/// A factory may serve several ports, which several threads may close at once.
std::recursive_mutex& startingAndStopping() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Accepts for all reactors of the pool.
class HandingOver final : public PortShare, public SocketTaker {
 public:
  HandingOver(std::shared_ptr<SharedPort> port, PoolImpl& pool)
      : PortShare(std::move(port)), pool_(pool) {}

  void take(UniqueDescriptor socket, const Address& peer, const Address& host,
            const TransportOptions& options) override {
    pool_.handOver(choose(), {std::move(socket), peer, host, options, factory()});
  }

 private:
  std::size_t choose() {
    const std::size_t first = turn_++ % pool_.size();
    if (pool_.options().spread != Spread::leastConnections) return first;
    std::size_t best = first;  // of equals, another each time
    for (std::size_t i = first + 1; i < first + pool_.size(); ++i) {
      const std::size_t other = i % pool_.size();
      if (connections(other) < connections(best)) best = other;
    }
    return best;
  }
  std::size_t connections(std::size_t index) const {
    return pool_.member(index).connectionsHandedOver();
  }

  PoolImpl& pool_;  // one of its reactors is using this
  std::size_t turn_ = 0;
};

}  // namespace

// --- The factory -----------------------------------------------------------------------

SharedPort::SharedPort(std::shared_ptr<Factory> factory, Log& log)
    : factory_(std::move(factory)), log_(log) {
  const std::lock_guard lock(startingAndStopping());
  factory_->doStart();
}

void SharedPort::leave() {
  if (--shares_ > 0) return;
  const std::lock_guard lock(startingAndStopping());
  try {
    factory_->doStop();
  } catch (...) {
    Logger(log_, "plait.net").failure(Failure(), "stopFactory threw");
  }
}

// --- The port --------------------------------------------------------------------------

PoolPort::PoolPort(PoolImpl& pool) : pool_(pool.weak_from_this()), ports_(pool.size()) {}

std::shared_ptr<Factory> PoolPort::acceptorFor(const std::shared_ptr<Factory>& factory) {
  return std::make_shared<HandingOver>(std::make_shared<SharedPort>(factory, pool()->log()),
                                       *pool());
}

void PoolPort::listenOnAll(std::vector<UniqueDescriptor> sockets,
                           const std::shared_ptr<Factory>& factory,
                           const TransportOptions& transport) {
  const auto pool = this->pool();
  host_ = socketHost(sockets.front().get()).toAddress();
  const auto port = std::make_shared<SharedPort>(factory, pool->log());
  std::vector<std::shared_ptr<PortShare>> shares;
  for (std::size_t i = 0; i < pool->size(); ++i)
    shares.push_back(std::make_shared<PortShare>(port));

  const auto listen = [&](std::size_t index) {
    pool->callOn(index, [self = shared_from_this(), pool = pool.get(), index, transport,
                         share = std::move(shares[index]), socket = std::move(sockets[index])] {
      if (pool->member(index).loop->stopping) return;
      self->opened(
          *pool, index,
          pool->reactor(index).adoptStreamPort(socket.get(), share, {.transport = transport}));
    });
  };
  const std::size_t here = pool->hereOrFirst();
  try {
    listen(here);  // what is wrong shows here, before the others know of it
    for (std::size_t i = 0; i < pool->size(); ++i) {
      if (i != here) listen(i);
    }
  } catch (...) {
    doStopListening([] {});
    throw;
  }
}

void PoolPort::opened(PoolImpl& pool, std::size_t index, std::shared_ptr<ListeningPort> port) {
  pool.member(index).addPort(port);
  ports_[index] = std::move(port);
}

void PoolPort::doStopListening(UniqueFunction<void()> stopped) {
  const auto pool = pool_.lock();
  if (!pool) return stopped();
  struct Rest {
    std::atomic<std::size_t> open;
    UniqueFunction<void()> stopped;
  };
  const auto rest = std::make_shared<Rest>();
  rest->open = pool->size();
  rest->stopped = std::move(stopped);
  const std::size_t here = pool->hereOrFirst();
  for (std::size_t i = 0; i < pool->size(); ++i) {
    pool->callOn(i, [self = shared_from_this(), pool = pool.get(), i, here, rest] {
      if (const auto port = std::exchange(self->ports_[i], nullptr)) port->stopListening();
      if (--rest->open == 0) pool->callOn(here, std::move(rest->stopped));
    });
  }
}

}  // namespace plait::detail
