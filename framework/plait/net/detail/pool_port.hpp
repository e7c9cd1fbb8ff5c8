#pragma once

#include <atomic>
#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/net/detail/pool_impl.hpp>
#include <vector>

namespace plait::detail {

/// What the reactors of a pool have in common that serve one listening port: the factory, which is
/// started with the first share of the port and stopped with the last.
class SharedPort {
 public:
  SharedPort(std::shared_ptr<Factory> factory, Log& log);

  const std::shared_ptr<Factory>& factory() const { return factory_; }
  void join() { ++shares_; }
  void leave();

 private:
  std::shared_ptr<Factory> factory_;
  Log& log_;
  std::atomic<std::size_t> shares_ = 0;
};

/// One reactor's part of it: the factory of the port that it listens on. It is over when that has
/// closed, or never came to be.
class PortShare : public Factory {
 public:
  explicit PortShare(std::shared_ptr<SharedPort> port) : port_(std::move(port)) { port_->join(); }
  ~PortShare() override { stopFactory(); }

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    return port_->factory()->makeProtocol(address);
  }
  void stopFactory() override {
    if (!std::exchange(over_, true)) port_->leave();
  }

 protected:
  const std::shared_ptr<Factory>& factory() const { return port_->factory(); }

 private:
  std::shared_ptr<SharedPort> port_;
  bool over_ = false;
};

/// A listening port of a pool, made of the ports of one or all of its reactors. Thread: any of the
/// pool's.
class PoolPort final : public ListeningPort, public std::enable_shared_from_this<PoolPort> {
 public:
  explicit PoolPort(PoolImpl& pool);

  /// Each reactor accepts from a socket of its own. `sockets` are as many as reactors.
  void listenOnAll(std::vector<UniqueDescriptor> sockets, const std::shared_ptr<Factory>& factory,
                   const TransportOptions& transport);
  /// This reactor accepts, for all: `listen(reactor, factory)` opens its port.
  template <class Listen>
  void listenForAll(const std::shared_ptr<Factory>& factory, Listen listen) {
    const std::size_t here = pool()->hereOrFirst();
    opened(*pool(), here, listen(pool()->reactor(here), acceptorFor(factory)));
    host_ = ports_[here]->getHost();
  }

  Address getHost() const override { return host_; }

 private:
  std::shared_ptr<PoolImpl> pool() const { return pool_.lock(); }
  std::shared_ptr<Factory> acceptorFor(const std::shared_ptr<Factory>& factory);
  void opened(PoolImpl& pool, std::size_t index, std::shared_ptr<ListeningPort> port);
  void doStopListening(UniqueFunction<void()> stopped) override;

  std::weak_ptr<PoolImpl> pool_;
  std::vector<std::shared_ptr<ListeningPort>> ports_;  // each for its reactor's thread
  Address host_;
};

}  // namespace plait::detail
