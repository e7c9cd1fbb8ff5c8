#include <plait/core/errors.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/detail/reactor_impl.hpp>
#include <plait/net/detail/tcp_connector.hpp>
#include <plait/net/detail/tcp_port.hpp>
#include <stdexcept>

/// The public face: each call is checked, and handed to what does the work.
namespace plait {

using namespace detail;

Reactor::Reactor(ReactorOptions options) : impl_(std::make_unique<Impl>(nullptr, options)) {}
Reactor::Reactor(asio::io_context& context, ReactorOptions options)
    : impl_(std::make_unique<Impl>(&context, options)) {}
Reactor::~Reactor() = default;

void Reactor::run() {
  Loop& loop = *impl_->loop;
  if (impl_->state != Impl::State::idle) throw ReactorAlreadyRunning();
  loop.runBy(std::this_thread::get_id());
  if (impl_->options.installSignalHandlers) impl_->installSignalHandlers();
  impl_->startRunning();
  impl_->drive();
}

void Reactor::startRunning() {
  impl_->loop->runBy(std::this_thread::get_id());
  impl_->startRunning();
}

void Reactor::stop() {
  impl_->stop();
}

bool Reactor::running() const {
  return impl_->state == Impl::State::running || impl_->state == Impl::State::stopping;
}

TriggerID Reactor::callWhenRunning(UniqueFunction<void()> call) {
  impl_->loop->assertThread();
  if (!running()) return addSystemEventTrigger(TriggerPhase::after, "startup", std::move(call));
  call();
  return TriggerID::none;
}

TriggerID Reactor::addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) {
  impl_->loop->assertThread();
  return impl_->triggers.add(phase, std::move(event), std::move(trigger));
}

void Reactor::removeSystemEventTrigger(TriggerID id) {
  impl_->loop->assertThread();
  impl_->triggers.remove(id);
}

void Reactor::fireSystemEvent(const std::string& event) {
  impl_->loop->assertThread();
  Loop::Callback callback(*impl_->loop);
  impl_->triggers.fireBefore(event,
                             [impl = impl_.get(), event] { impl->triggers.fireRest(event); });
}

TimePoint Reactor::now() const {
  return impl_->loop->now();
}

DelayedCall Reactor::callLater(Duration delay, UniqueFunction<void()> call) {
  return impl_->loop->callLater(delay, std::move(call));
}

void Reactor::callFromThread(UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("callFromThread: there is nothing to call");
  impl_->loop->callFromThread(std::move(call));
}

void Reactor::callInThread(UniqueFunction<void()> call) {
  impl_->loop->assertThread();
  if (!call) throw std::invalid_argument("callInThread: there is nothing to call");
  impl_->threads.call(std::move(call));
}

void Reactor::suggestThreadPoolSize(std::size_t threads) {
  impl_->loop->assertThread();
  impl_->threads.setLimit(threads);
}

// --- TCP -------------------------------------------------------------------------------

std::shared_ptr<ListeningPort> Reactor::listenTCP(std::uint16_t port,
                                                  std::shared_ptr<Factory> factory,
                                                  ListenOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("listenTCP: there is no factory");
  if (impl_->loop->stopping) {
    throw CannotListenError(fmt::format("port {}", port), "the reactor is stopping");
  }
  auto listening = std::make_shared<TcpPort>(*impl_->loop, std::move(factory), std::move(options));
  listening->listen(port);
  return listening;
}

std::shared_ptr<Connector> Reactor::connectTCP(std::string host, std::uint16_t port,
                                               std::shared_ptr<ClientFactory> factory,
                                               ConnectOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("connectTCP: there is no factory");
  auto connector = std::make_shared<TcpConnector>(*impl_->loop, *this, std::move(host), port,
                                                  std::move(factory), std::move(options));
  connector->connect();
  return connector;
}

// --- UNIX sockets ----------------------------------------------------------------------

std::shared_ptr<ListeningPort> Reactor::listenUNIX(std::string, std::shared_ptr<Factory>,
                                                   UNIXListenOptions) {
  throw std::logic_error("listenUNIX is not built yet");
}

std::shared_ptr<Connector> Reactor::connectUNIX(std::string, std::shared_ptr<ClientFactory>,
                                                UNIXConnectOptions) {
  throw std::logic_error("connectUNIX is not built yet");
}

// --- Datagrams -------------------------------------------------------------------------

std::shared_ptr<DatagramTransport> Reactor::listenUDP(std::uint16_t,
                                                      std::shared_ptr<DatagramProtocol>,
                                                      DatagramOptions) {
  throw std::logic_error("listenUDP is not built yet");
}

std::shared_ptr<DatagramTransport> Reactor::listenUNIXDatagram(std::string,
                                                               std::shared_ptr<DatagramProtocol>,
                                                               unsigned, DatagramOptions) {
  throw std::logic_error("listenUNIXDatagram is not built yet");
}

std::shared_ptr<DatagramTransport> Reactor::connectUNIXDatagram(std::string,
                                                                std::shared_ptr<DatagramProtocol>,
                                                                UNIXDatagramConnectOptions) {
  throw std::logic_error("connectUNIXDatagram is not built yet");
}

std::shared_ptr<DatagramTransport> Reactor::adoptDatagramPort(int,
                                                              std::shared_ptr<DatagramProtocol>,
                                                              DatagramOptions) {
  throw std::logic_error("adoptDatagramPort is not built yet");
}

// --- Adopted sockets -------------------------------------------------------------------

std::shared_ptr<ListeningPort> Reactor::adoptStreamPort(int, std::shared_ptr<Factory>,
                                                        ListenOptions) {
  throw std::logic_error("adoptStreamPort is not built yet");
}

std::shared_ptr<Transport> Reactor::adoptStreamConnection(int, std::shared_ptr<Factory>,
                                                          TransportOptions) {
  throw std::logic_error("adoptStreamConnection is not built yet");
}

// --- Descriptors and processes ---------------------------------------------------------

std::shared_ptr<Transport> Reactor::standardIO(std::shared_ptr<Protocol>, StandardIOOptions) {
  throw std::logic_error("standardIO is not built yet");
}

std::shared_ptr<Transport> Reactor::openSerialPort(std::string, std::shared_ptr<Protocol>,
                                                   SerialOptions) {
  throw std::logic_error("openSerialPort is not built yet");
}

std::shared_ptr<ProcessTransport> Reactor::spawnProcess(std::shared_ptr<ProcessProtocol>,
                                                        std::string, ProcessOptions) {
  throw std::logic_error("spawnProcess is not built yet");
}

// --- Names -----------------------------------------------------------------------------

NameResolver& Reactor::nameResolver() {
  return impl_->installedResolver ? *impl_->installedResolver
                                  : static_cast<NameResolver&>(impl_->resolver);
}

std::shared_ptr<NameResolver> Reactor::installNameResolver(std::shared_ptr<NameResolver> resolver) {
  impl_->loop->assertThread();
  return std::exchange(impl_->installedResolver, std::move(resolver));
}

// --- The rest --------------------------------------------------------------------------

Log& Reactor::log() const {
  return impl_->loop->log();
}

asio::io_context& ioContext(Reactor& reactor) {
  return reactor.impl_->loop->context();
}

}  // namespace plait
