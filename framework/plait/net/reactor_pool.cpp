#include <plait/core/errors.hpp>
#include <plait/net/detail/per_reactor_factory.hpp>
#include <plait/net/detail/pool_impl.hpp>
#include <plait/net/detail/pool_port.hpp>
#include <plait/net/detail/tcp_listening.hpp>
#include <plait/net/reactor_pool.hpp>
#include <stdexcept>

/// The public face: what listens is spread, the rest is handed to the reactor of this thread.
namespace plait {

using namespace detail;

ReactorPool::ReactorPool(ReactorPoolOptions options) : impl_(std::make_shared<PoolImpl>(options)) {}
ReactorPool::~ReactorPool() {
  impl_->end();
}

void ReactorPool::run() {
  impl_->run();
}
void ReactorPool::start() {
  impl_->start();
}
void ReactorPool::join() {
  impl_->join();
}
void ReactorPool::stop() {
  impl_->stop();
}

bool ReactorPool::running() const {
  const PoolImpl::State state = impl_->state();
  return state == PoolImpl::State::running || state == PoolImpl::State::stopping;
}

TriggerID ReactorPool::callWhenRunning(UniqueFunction<void()> call) {
  if (!running()) return addSystemEventTrigger(TriggerPhase::after, "startup", std::move(call));
  call();
  return TriggerID::none;
}

TriggerID ReactorPool::addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) {
  return impl_->triggers().add(phase, std::move(event), std::move(trigger));
}

void ReactorPool::removeSystemEventTrigger(TriggerID id) {
  impl_->triggers().remove(id);
}

void ReactorPool::fireSystemEvent(const std::string& event) {
  impl_->triggers().fireBefore(event,
                               [impl = impl_.get(), event] { impl->triggers().fireRest(event); });
}

// --- The reactors ----------------------------------------------------------------------

std::size_t ReactorPool::size() const {
  return impl_->size();
}

Reactor& ReactorPool::reactor(std::size_t index) const {
  if (index >= size()) {
    throw std::out_of_range(fmt::format("there is no reactor {} in a pool of {}", index, size()));
  }
  return impl_->reactor(index);
}

std::optional<std::size_t> ReactorPool::current() const {
  return impl_->current();
}

std::size_t ReactorPool::next() {
  return impl_->turn++ % size();
}

void ReactorPool::callFromThread(std::size_t index, UniqueFunction<void()> call) {
  if (index >= size()) reactor(index);  // throws
  impl_->callFromThread(index, std::move(call));
}

Reactor& ReactorPool::here() const {
  return impl_->reactor(impl_->hereOrFirst());
}

// --- Listening -------------------------------------------------------------------------

std::shared_ptr<Factory> ReactorPool::perReactor(FactoryMaker make) {
  if (!make) throw std::invalid_argument("perReactor: there is nothing to make factories");
  return std::make_shared<PerReactorFactory>(*impl_, std::move(make));
}

std::shared_ptr<ListeningPort> ReactorPool::listenTCP(std::uint16_t port,
                                                      std::shared_ptr<Factory> factory,
                                                      ListenOptions options) {
  if (!factory) throw std::invalid_argument("listenTCP: there is no factory");
  if (size() == 1) return here().listenTCP(port, std::move(factory), std::move(options));
  if (impl_->member(impl_->hereOrFirst()).loop->stopping) {
    throw CannotListenError(fmt::format("port {}", port), "the reactor is stopping");
  }
  auto listening = std::make_shared<PoolPort>(*impl_);
  if (impl_->options().spread == Spread::reusePort) {
    if (auto sockets = openSharing(port, options, size()); !sockets.empty()) {
      listening->listenOnAll(std::move(sockets), factory, options.transport);
      return listening;
    }
  }
  listening->listenForAll(factory, [&](Reactor& reactor, auto acceptor) {
    return reactor.listenTCP(port, std::move(acceptor), options);
  });
  return listening;
}

std::shared_ptr<ListeningPort> ReactorPool::listenUNIX(std::string path,
                                                       std::shared_ptr<Factory> factory,
                                                       UNIXListenOptions options) {
  if (!factory) throw std::invalid_argument("listenUNIX: there is no factory");
  if (size() == 1) return here().listenUNIX(std::move(path), std::move(factory), options);
  auto listening = std::make_shared<PoolPort>(*impl_);
  listening->listenForAll(factory, [&](Reactor& reactor, auto acceptor) {
    return reactor.listenUNIX(path, std::move(acceptor), options);
  });
  return listening;
}

std::shared_ptr<ListeningPort> ReactorPool::adoptStreamPort(int descriptor,
                                                            std::shared_ptr<Factory> factory,
                                                            ListenOptions options) {
  if (!factory) throw std::invalid_argument("adoptStreamPort: there is no factory");
  if (size() == 1) return here().adoptStreamPort(descriptor, std::move(factory), options);
  auto listening = std::make_shared<PoolPort>(*impl_);
  listening->listenForAll(factory, [&](Reactor& reactor, auto acceptor) {
    return reactor.adoptStreamPort(descriptor, std::move(acceptor), options);
  });
  return listening;
}

// --- On this thread's reactor ----------------------------------------------------------

std::shared_ptr<Connector> ReactorPool::connectTCP(std::string host, std::uint16_t port,
                                                   std::shared_ptr<ClientFactory> factory,
                                                   ConnectOptions options) {
  return here().connectTCP(std::move(host), port, std::move(factory), std::move(options));
}

std::shared_ptr<Connector> ReactorPool::connectUNIX(std::string path,
                                                    std::shared_ptr<ClientFactory> factory,
                                                    UNIXConnectOptions options) {
  return here().connectUNIX(std::move(path), std::move(factory), options);
}

std::shared_ptr<Transport> ReactorPool::adoptStreamConnection(int descriptor,
                                                              std::shared_ptr<Factory> factory,
                                                              TransportOptions options) {
  return here().adoptStreamConnection(descriptor, std::move(factory), options);
}

std::shared_ptr<DatagramTransport> ReactorPool::adoptDatagramPort(
    int descriptor, std::shared_ptr<DatagramProtocol> protocol, DatagramOptions options) {
  return here().adoptDatagramPort(descriptor, std::move(protocol), std::move(options));
}

std::shared_ptr<DatagramTransport> ReactorPool::listenUNIXDatagram(
    std::string path, std::shared_ptr<DatagramProtocol> protocol, unsigned mode,
    DatagramOptions options) {
  return here().listenUNIXDatagram(std::move(path), std::move(protocol), mode, std::move(options));
}

std::shared_ptr<DatagramTransport> ReactorPool::connectUNIXDatagram(
    std::string path, std::shared_ptr<DatagramProtocol> protocol,
    UNIXDatagramConnectOptions options) {
  return here().connectUNIXDatagram(std::move(path), std::move(protocol), std::move(options));
}

std::shared_ptr<Transport> ReactorPool::standardIO(std::shared_ptr<Protocol> protocol,
                                                   StandardIOOptions options) {
  return here().standardIO(std::move(protocol), options);
}

std::shared_ptr<Transport> ReactorPool::openSerialPort(std::string device,
                                                       std::shared_ptr<Protocol> protocol,
                                                       SerialOptions options) {
  return here().openSerialPort(std::move(device), std::move(protocol), options);
}

}  // namespace plait
