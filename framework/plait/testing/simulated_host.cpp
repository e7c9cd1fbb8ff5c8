#include <fmt/format.h>

#include <plait/core/errors.hpp>
#include <plait/testing/detail/simulated_connector.hpp>
#include <plait/testing/detail/simulated_datagram_port.hpp>
#include <plait/testing/detail/simulated_port.hpp>
#include <stdexcept>

/// The public face: each call is checked, and handed to what does the work.
namespace plait::testing {

using namespace detail;

SimulatedHost::SimulatedHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->host = this;
}

SimulatedHost::~SimulatedHost() = default;

const std::string& SimulatedHost::name() const {
  return impl_->name;
}

IPv4Address SimulatedHost::address() const {
  const std::uint32_t number = impl_->index + 1;
  return {{10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
           static_cast<std::uint8_t>(number)}};
}

IPv6Address SimulatedHost::address6() const {
  const std::uint32_t number = impl_->index + 1;
  IPv6Address address;
  address.octets[0] = 0xfd;
  address.octets[13] = static_cast<std::uint8_t>(number >> 16);
  address.octets[14] = static_cast<std::uint8_t>(number >> 8);
  address.octets[15] = static_cast<std::uint8_t>(number);
  return address;
}

Log& SimulatedHost::log() const {
  return impl_->log;
}

void SimulatedHost::setOptions(const SimulatedHostOptions& options) {
  impl_->setOptions(options);
}

// --- Life ------------------------------------------------------------------------------

void SimulatedHost::run() {
  impl_->startRunning();
  while (impl_->state != Impl::State::idle) {
    if (impl_->network.step(TimePoint::max())) continue;
    throw std::runtime_error(
        fmt::format("SimulatedHost: nothing is left to happen, and '{}' was not stopped", name()));
  }
}

void SimulatedHost::startRunning() {
  impl_->startRunning();
}

void SimulatedHost::stop() {
  impl_->stop();
}

bool SimulatedHost::running() const {
  return impl_->state == Impl::State::running || impl_->state == Impl::State::stopping;
}

TriggerID SimulatedHost::callWhenRunning(UniqueFunction<void()> call) {
  if (!running()) return addSystemEventTrigger(TriggerPhase::after, "startup", std::move(call));
  call();
  return TriggerID::none;
}

TriggerID SimulatedHost::addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) {
  return impl_->triggers().add(phase, std::move(event), std::move(trigger));
}

void SimulatedHost::removeSystemEventTrigger(TriggerID id) {
  impl_->triggers().remove(id);
}

void SimulatedHost::fireSystemEvent(const std::string& event) {
  Impl::Callback callback(*impl_);
  impl_->triggers().fireBefore(event,
                               [impl = impl_.get(), event] { impl->triggers().fireRest(event); });
}

// --- Time and threads ------------------------------------------------------------------

TimePoint SimulatedHost::now() const {
  return impl_->now();
}

DelayedCall SimulatedHost::callLater(Duration delay, UniqueFunction<void()> call) {
  return impl_->callLater(delay, std::move(call));
}

void SimulatedHost::callFromThread(UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("callFromThread: there is nothing to call");
  impl_->post("a call from a thread", std::move(call));
}

void SimulatedHost::callInThread(UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("callInThread: there is nothing to call");
  impl_->callInThread(std::move(call));
}

void SimulatedHost::suggestThreadPoolSize(std::size_t threads) {
  if (threads == 0) throw std::invalid_argument("suggestThreadPoolSize: at least one");
}

// --- TCP -------------------------------------------------------------------------------

std::shared_ptr<ListeningPort> SimulatedHost::listenTCP(std::uint16_t port,
                                                        std::shared_ptr<Factory> factory,
                                                        ListenOptions options) {
  if (!factory) throw std::invalid_argument("listenTCP: there is no factory");
  if (impl_->stopping) {
    throw CannotListenError(fmt::format("port {}", port), "the reactor is stopping");
  }
  Address address = impl_->chooseAddress(port == 0 ? impl_->freePort() : port, options.interface);
  auto listening = std::make_shared<StreamPort>(*impl_, std::move(address), std::move(factory),
                                                options.transport);
  listening->listen(options.reusePort, options.ipv6Only);
  return listening;
}

std::shared_ptr<Connector> SimulatedHost::connectTCP(std::string host, std::uint16_t port,
                                                     std::shared_ptr<ClientFactory> factory,
                                                     ConnectOptions options) {
  if (!factory) throw std::invalid_argument("connectTCP: there is no factory");
  Address destination = HostnameAddress{host, port};
  if (const auto v4 = IPv4Address::parse(host, port)) destination = *v4;
  if (const auto v6 = IPv6Address::parse(host, port)) destination = *v6;
  auto connector = std::make_shared<SimulatedConnector>(*impl_, std::move(destination),
                                                        std::move(factory), std::move(options));
  connector->connect();
  return connector;
}

// --- UNIX sockets ----------------------------------------------------------------------

std::shared_ptr<ListeningPort> SimulatedHost::listenUNIX(std::string path,
                                                         std::shared_ptr<Factory> factory,
                                                         UNIXListenOptions options) {
  if (!factory) throw std::invalid_argument("listenUNIX: there is no factory");
  const Address address = UNIXAddress{std::move(path)};
  if (impl_->stopping) throw CannotListenError(toString(address), "the reactor is stopping");
  auto listening =
      std::make_shared<StreamPort>(*impl_, address, std::move(factory), options.transport);
  listening->listen(false, false);
  return listening;
}

std::shared_ptr<Connector> SimulatedHost::connectUNIX(std::string path,
                                                      std::shared_ptr<ClientFactory> factory,
                                                      UNIXConnectOptions options) {
  if (!factory) throw std::invalid_argument("connectUNIX: there is no factory");
  auto connector = std::make_shared<SimulatedConnector>(
      *impl_, UNIXAddress{std::move(path)}, std::move(factory),
      ConnectOptions{.timeout = options.timeout, .transport = options.transport});
  connector->connect();
  return connector;
}

std::shared_ptr<DatagramTransport> SimulatedHost::listenUNIXDatagram(
    std::string, std::shared_ptr<DatagramProtocol>, unsigned, DatagramOptions) {
  throw std::logic_error("a SimulatedHost has no UNIX datagrams");
}

std::shared_ptr<DatagramTransport> SimulatedHost::connectUNIXDatagram(
    std::string, std::shared_ptr<DatagramProtocol>, UNIXDatagramConnectOptions) {
  throw std::logic_error("a SimulatedHost has no UNIX datagrams");
}

// --- UDP -------------------------------------------------------------------------------

std::shared_ptr<DatagramTransport> SimulatedHost::listenUDP(
    std::uint16_t port, std::shared_ptr<DatagramProtocol> protocol, DatagramOptions options) {
  if (!protocol) throw std::invalid_argument("listenUDP: there is no protocol");
  if (impl_->stopping) {
    throw CannotListenError(fmt::format("UDP port {}", port), "the reactor is stopping");
  }
  const Address address =
      impl_->chooseAddress(port == 0 ? impl_->freePort() : port, options.interface);
  auto opened = std::make_shared<SimulatedDatagramPort>(*impl_, address, options);
  opened->open(std::move(protocol));
  return opened;
}

// --- Names -----------------------------------------------------------------------------

NameResolver& SimulatedHost::nameResolver() {
  return impl_->installedResolver ? *impl_->installedResolver
                                  : static_cast<NameResolver&>(impl_->resolver);
}

std::shared_ptr<NameResolver> SimulatedHost::installNameResolver(
    std::shared_ptr<NameResolver> resolver) {
  return std::exchange(impl_->installedResolver, std::move(resolver));
}

}  // namespace plait::testing
