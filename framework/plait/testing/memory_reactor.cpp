#include <plait/core/errors.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <stdexcept>

namespace plait::testing {

// --- MemoryReactor ---------------------------------------------------------------------

MemoryReactor::MemoryReactor(Log& log) : log_(log), triggers_(log) {}
MemoryReactor::~MemoryReactor() = default;

// --- Listening -------------------------------------------------------------------------

void MemoryReactor::checkListen(const Address& host) {
  if (!refuseListen_) return;
  throw CannotListenError(toString(host), std::exchange(refuseListen_, std::error_code()));
}

std::shared_ptr<ListeningPort> MemoryReactor::listenTCP(std::uint16_t port,
                                                        std::shared_ptr<Factory> factory,
                                                        ListenOptions options) {
  Address host = IPv4Address{.port = port};
  if (auto v4 = IPv4Address::parse(options.interface, port)) host = *v4;
  if (auto v6 = IPv6Address::parse(options.interface, port)) host = *v6;
  checkListen(host);
  if (port == 0) {
    const std::uint16_t free = nextFreePort_++;
    host = host.as<IPv6Address>() ? Address(*IPv6Address::parse(host.host(), free))
                                  : Address(*IPv4Address::parse(host.host(), free));
  }
  tcpServers.push_back(std::make_shared<MemoryPort>(host, std::move(factory), std::move(options)));
  return tcpServers.back();
}

std::shared_ptr<ListeningPort> MemoryReactor::listenUNIX(std::string path,
                                                         std::shared_ptr<Factory> factory,
                                                         UNIXListenOptions options) {
  UNIXAddress host{std::move(path)};
  checkListen(host);
  unixServers.push_back(
      std::make_shared<MemoryPort>(std::move(host), std::move(factory), std::move(options)));
  return unixServers.back();
}

std::shared_ptr<ListeningPort> MemoryReactor::adoptStreamPort(int descriptor,
                                                              std::shared_ptr<Factory> factory,
                                                              ListenOptions options) {
  const auto socket = openSockets.find(descriptor);
  if (socket == openSockets.end()) {
    throw CannotListenError("descriptor " + std::to_string(descriptor),
                            std::make_error_code(std::errc::bad_file_descriptor));
  }
  checkListen(socket->second);
  adoptedServers.push_back(
      std::make_shared<MemoryPort>(socket->second, std::move(factory), std::move(options)));
  return adoptedServers.back();
}

// --- Connecting ------------------------------------------------------------------------

std::shared_ptr<Connector> MemoryReactor::connectTCP(std::string host, std::uint16_t port,
                                                     std::shared_ptr<ClientFactory> factory,
                                                     ConnectOptions options) {
  Address destination = HostnameAddress{host, port};
  if (auto v4 = IPv4Address::parse(host, port)) destination = *v4;
  if (auto v6 = IPv6Address::parse(host, port)) destination = *v6;
  auto connector = std::make_shared<MemoryConnector>(*this, std::move(destination),
                                                     std::move(factory), std::move(options));
  tcpClients.push_back(connector);
  connector->connect();
  return connector;
}

std::shared_ptr<Connector> MemoryReactor::connectUNIX(std::string path,
                                                      std::shared_ptr<ClientFactory> factory,
                                                      UNIXConnectOptions options) {
  auto connector = std::make_shared<MemoryConnector>(*this, UNIXAddress{std::move(path)},
                                                     std::move(factory), std::move(options));
  unixClients.push_back(connector);
  connector->connect();
  return connector;
}

std::unique_ptr<MemoryConnection> MemoryReactor::accept(MemoryConnector& client, MemoryPort& server,
                                                        MemoryConnection::Options options) {
  if (client.state() != MemoryConnector::State::connecting) {
    throw std::logic_error("accept: the client is not connecting");
  }
  if (!server.listening()) throw std::logic_error("accept: the port is not listening");
  options.server = server.getHost();
  const bool asIs = options.client == MemoryConnection::Options().client;
  if (asIs && options.server.as<UNIXAddress>()) options.client = UNIXAddress();
  if (!options.log) options.log = &log_;
  auto serverProtocol = server.factory().makeProtocol(options.client);
  auto clientProtocol = client.factory().makeProtocol(options.server);
  client.timeout_.cancelIfActive();
  client.state_ = MemoryConnector::State::connected;
  if (!serverProtocol || !clientProtocol) {
    client.ended(connectionDone(), &ClientFactory::clientConnectionLost);
    return nullptr;
  }
  auto connection = std::make_unique<MemoryConnection>(*this, std::move(serverProtocol),
                                                       std::move(clientProtocol), options);
  client.transport_ = connection->client().shared_from_this();
  auto keep = std::static_pointer_cast<MemoryConnector>(client.shared_from_this());
  connection->onLost(connection->client(), [keep](const Failure& reason) {
    keep->ended(reason, &ClientFactory::clientConnectionLost);
  });
  return connection;
}

// --- What it has none of -----------------------------------------------------------------

std::shared_ptr<DatagramTransport> MemoryReactor::listenUNIXDatagram(
    std::string, std::shared_ptr<DatagramProtocol>, unsigned, DatagramOptions) {
  throw std::logic_error("a MemoryReactor has no datagrams");
}

std::shared_ptr<DatagramTransport> MemoryReactor::connectUNIXDatagram(
    std::string, std::shared_ptr<DatagramProtocol>, UNIXDatagramConnectOptions) {
  throw std::logic_error("a MemoryReactor has no datagrams");
}

std::shared_ptr<DatagramTransport> MemoryReactor::adoptDatagramPort(
    int, std::shared_ptr<DatagramProtocol>, DatagramOptions) {
  throw std::logic_error("a MemoryReactor has no datagrams");
}

std::shared_ptr<Transport> MemoryReactor::adoptStreamConnection(int, std::shared_ptr<Factory>,
                                                                TransportOptions) {
  throw std::logic_error("a MemoryReactor has no connections from outside; use MemoryConnection");
}

// --- Names -----------------------------------------------------------------------------

NameResolver& MemoryReactor::nameResolver() {
  return installedResolver_ ? *installedResolver_ : resolver;
}

std::shared_ptr<NameResolver> MemoryReactor::installNameResolver(
    std::shared_ptr<NameResolver> replacement) {
  return std::exchange(installedResolver_, std::move(replacement));
}

// --- Life ------------------------------------------------------------------------------

void MemoryReactor::run() {
  if (state_ != State::idle) throw ReactorAlreadyRunning();
  state_ = State::starting;
  triggers_.fireBefore("startup", [this] {
    state_ = State::running;
    triggers_.fireRest("startup");
  });
}

void MemoryReactor::stop() {
  if (state_ != State::running) throw ReactorNotRunning();
  state_ = State::stopping;
  triggers_.fireBefore("shutdown", [this] {
    triggers_.fireRest("shutdown");
    state_ = State::idle;
  });
}

TriggerID MemoryReactor::callWhenRunning(UniqueFunction<void()> call) {
  if (!running()) return addSystemEventTrigger(TriggerPhase::after, "startup", std::move(call));
  call();
  return TriggerID::none;
}

TriggerID MemoryReactor::addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) {
  return triggers_.add(phase, std::move(event), std::move(trigger));
}

void MemoryReactor::removeSystemEventTrigger(TriggerID id) {
  triggers_.remove(id);
}

void MemoryReactor::fireSystemEvent(const std::string& event) {
  triggers_.fireBefore(event, [this, event] { triggers_.fireRest(event); });
}

}  // namespace plait::testing
