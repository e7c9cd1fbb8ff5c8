#include <plait/core/errors.hpp>
#include <plait/net/asio.hpp>
#include <plait/net/detail/adopting.hpp>
#include <plait/net/detail/child_process.hpp>
#include <plait/net/detail/datagram_port.hpp>
#include <plait/net/detail/reactor_impl.hpp>
#include <plait/net/detail/standard_io.hpp>
#include <plait/net/detail/tcp_connector.hpp>
#include <plait/net/detail/tcp_port.hpp>
#include <plait/net/detail/unix_connector.hpp>
#include <plait/net/detail/unix_port.hpp>
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

std::shared_ptr<ListeningPort> Reactor::listenUNIX(std::string path,
                                                   std::shared_ptr<Factory> factory,
                                                   UNIXListenOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("listenUNIX: there is no factory");
  if (impl_->loop->stopping) {
    throw CannotListenError(toString(UNIXAddress{path}), "the reactor is stopping");
  }
  auto listening = std::make_shared<UnixPort>(*impl_->loop, std::move(factory), options.transport);
  listening->listen(path, options);
  return listening;
}

std::shared_ptr<Connector> Reactor::connectUNIX(std::string path,
                                                std::shared_ptr<ClientFactory> factory,
                                                UNIXConnectOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("connectUNIX: there is no factory");
  auto connector =
      std::make_shared<UnixConnector>(*impl_->loop, std::move(path), std::move(factory), options);
  connector->connect();
  return connector;
}

// --- Datagrams -------------------------------------------------------------------------

namespace {

std::shared_ptr<DatagramTransport> openPort(Loop& loop, DatagramSocket socket,
                                            std::shared_ptr<DatagramProtocol> protocol,
                                            const DatagramOptions& options) {
  auto port = std::make_shared<DatagramPort>(loop, std::move(socket), options);
  port->open(std::move(protocol));
  return port;
}

}  // namespace

std::shared_ptr<DatagramTransport> Reactor::listenUDP(std::uint16_t port,
                                                      std::shared_ptr<DatagramProtocol> protocol,
                                                      DatagramOptions options) {
  Loop& loop = *impl_->loop;
  loop.assertThread();
  if (!protocol) throw std::invalid_argument("listenUDP: there is no protocol");
  if (loop.stopping) {
    throw CannotListenError(fmt::format("UDP port {}", port), "the reactor is stopping");
  }
  return openPort(loop, bindUDP(loop.context().get_executor(), port, options), std::move(protocol),
                  options);
}

std::shared_ptr<DatagramTransport> Reactor::listenUNIXDatagram(
    std::string path, std::shared_ptr<DatagramProtocol> protocol, unsigned mode,
    DatagramOptions options) {
  Loop& loop = *impl_->loop;
  loop.assertThread();
  if (!protocol) throw std::invalid_argument("listenUNIXDatagram: there is no protocol");
  if (loop.stopping) throw CannotListenError("unix:" + path, "the reactor is stopping");
  return openPort(loop, bindUNIXDatagram(loop.context().get_executor(), path, mode, options),
                  std::move(protocol), options);
}

std::shared_ptr<DatagramTransport> Reactor::connectUNIXDatagram(
    std::string path, std::shared_ptr<DatagramProtocol> protocol,
    UNIXDatagramConnectOptions options) {
  Loop& loop = *impl_->loop;
  loop.assertThread();
  if (!protocol) throw std::invalid_argument("connectUNIXDatagram: there is no protocol");
  if (loop.stopping) {
    throw ConnectError(fmt::format("cannot connect to unix:{}: the reactor is stopping", path));
  }
  return openPort(loop, connectUNIXDatagramSocket(loop.context().get_executor(), path, options),
                  std::move(protocol), options.datagrams);
}

std::shared_ptr<DatagramTransport> Reactor::adoptDatagramPort(
    int descriptor, std::shared_ptr<DatagramProtocol> protocol, DatagramOptions options) {
  Loop& loop = *impl_->loop;
  loop.assertThread();
  if (!protocol) throw std::invalid_argument("adoptDatagramPort: there is no protocol");
  if (loop.stopping) {
    throw CannotListenError(fmt::format("descriptor {}", descriptor), "the reactor is stopping");
  }
  return openPort(loop, adoptDatagramSocket(loop.context().get_executor(), descriptor, options),
                  std::move(protocol), options);
}

// --- Adopted sockets -------------------------------------------------------------------

std::shared_ptr<ListeningPort> Reactor::adoptStreamPort(int descriptor,
                                                        std::shared_ptr<Factory> factory,
                                                        ListenOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("adoptStreamPort: there is no factory");
  if (impl_->loop->stopping) {
    throw CannotListenError(fmt::format("descriptor {}", descriptor), "the reactor is stopping");
  }
  return adoptPort(*impl_->loop, descriptor, std::move(factory), options);
}

std::shared_ptr<Transport> Reactor::adoptStreamConnection(int descriptor,
                                                          std::shared_ptr<Factory> factory,
                                                          TransportOptions options) {
  impl_->loop->assertThread();
  if (!factory) throw std::invalid_argument("adoptStreamConnection: there is no factory");
  return adoptConnection(*impl_->loop, descriptor, *factory, options);
}

// --- Descriptors and processes ---------------------------------------------------------

namespace {

/// One that starts another child, or opens its line again, whenever it has lost one must not
/// outlive the stop.
void refuseWhenStopping(const Loop& loop, const std::string& what) {
  if (!loop.stopping) return;
  throw std::system_error(std::make_error_code(std::errc::operation_canceled),
                          fmt::format("cannot {}: the reactor is stopping", what));
}

}  // namespace

std::shared_ptr<Transport> Reactor::standardIO(std::shared_ptr<Protocol> protocol,
                                               StandardIOOptions options) {
  impl_->loop->assertThread();
  if (!protocol) throw std::invalid_argument("standardIO: there is no protocol");
  refuseWhenStopping(*impl_->loop, "serve standard input and output");
  return openStandardIO(*impl_->loop, std::move(protocol), options);
}

std::shared_ptr<Transport> Reactor::openSerialPort(std::string device,
                                                   std::shared_ptr<Protocol> protocol,
                                                   SerialOptions options) {
  impl_->loop->assertThread();
  if (!protocol) throw std::invalid_argument("openSerialPort: there is no protocol");
  refuseWhenStopping(*impl_->loop, "open " + device);
  return detail::openSerialPort(*impl_->loop, device, std::move(protocol), options);
}

std::shared_ptr<ProcessTransport> Reactor::spawnProcess(std::shared_ptr<ProcessProtocol> protocol,
                                                        std::string executable,
                                                        ProcessOptions options) {
  impl_->loop->assertThread();
  if (!protocol) throw std::invalid_argument("spawnProcess: there is no protocol");
  refuseWhenStopping(*impl_->loop, "run " + executable);
  auto process = std::make_shared<ChildProcess>(*impl_->loop, std::move(protocol));
  process->spawn(std::move(executable), options);
  return process;
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
