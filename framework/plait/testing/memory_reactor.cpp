#include <plait/core/errors.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <stdexcept>

namespace plait::testing {

// --- MemoryReactor ---------------------------------------------------------------------

MemoryReactor::MemoryReactor(Log& log) : log_(log), triggers_(log) {}
MemoryReactor::~MemoryReactor() = default;

std::shared_ptr<ListeningPort> MemoryReactor::listenTCP(std::uint16_t port,
                                                        std::shared_ptr<Factory> factory,
                                                        ListenOptions options) {
  Address host = IPv4Address{.port = port};
  if (auto v4 = IPv4Address::parse(options.interface, port)) host = *v4;
  if (auto v6 = IPv6Address::parse(options.interface, port)) host = *v6;
  if (refuseListen_) {
    throw CannotListenError(toString(host), std::exchange(refuseListen_, std::error_code()));
  }
  if (port == 0) {
    const std::uint16_t free = nextFreePort_++;
    host = host.as<IPv6Address>() ? Address(*IPv6Address::parse(host.host(), free))
                                  : Address(*IPv4Address::parse(host.host(), free));
  }
  tcpServers.push_back(std::make_shared<MemoryPort>(host, std::move(factory), std::move(options)));
  return tcpServers.back();
}

std::shared_ptr<Connector> MemoryReactor::connectTCP(std::string host, std::uint16_t port,
                                                     std::shared_ptr<ClientFactory> factory,
                                                     ConnectOptions options) {
  auto connector = std::make_shared<MemoryConnector>(*this, HostnameAddress{std::move(host), port},
                                                     std::move(factory), std::move(options));
  tcpClients.push_back(connector);
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

// --- MemoryPort ------------------------------------------------------------------------

MemoryPort::MemoryPort(Address host, std::shared_ptr<Factory> factory, ListenOptions options)
    : host_(std::move(host)), factory_(std::move(factory)), options_(std::move(options)) {
  factory_->doStart();
}

void MemoryPort::doStopListening(UniqueFunction<void()> stopped) {
  if (std::exchange(listening_, false)) factory_->doStop();
  stopped();
}

// --- MemoryConnector -------------------------------------------------------------------

MemoryConnector::MemoryConnector(MemoryReactor& reactor, HostnameAddress destination,
                                 std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : reactor_(reactor),
      destination_(std::move(destination)),
      factory_(std::move(factory)),
      options_(std::move(options)) {}

void MemoryConnector::connect() {
  if (state_ != State::disconnected) throw std::logic_error("can't connect in this state");
  state_ = State::connecting;
  if (!std::exchange(factoryStarted_, true)) factory_->doStart();
  if (options_.timeout) {
    timeout_ = reactor_.callLater(*options_.timeout, weakly(this, [](MemoryConnector& self) {
      self.fail(Failure(TimeoutError()));
    }));
  }
  factory_->startedConnecting(*this);
}

void MemoryConnector::stopConnecting() {
  if (state_ != State::connecting) throw NotConnectingError();
  fail(Failure(UserError()));
}

void MemoryConnector::disconnect() {
  if (state_ == State::connecting) return stopConnecting();
  if (auto transport = transport_.lock()) transport->loseConnection();
}

void MemoryConnector::fail(Failure reason) {
  if (state_ != State::connecting) throw NotConnectingError();
  timeout_.cancelIfActive();
  ended(reason, &ClientFactory::clientConnectionFailed);
}

void MemoryConnector::ended(const Failure& reason,
                            void (ClientFactory::*tell)(Connector&, const Failure&)) {
  const auto keep = shared_from_this();
  state_ = State::disconnected;
  ((*factory_).*tell)(*this, reason);
  if (state_ != State::disconnected) return;           // it connects again
  if (!std::exchange(factoryStarted_, false)) return;  // it did, and that has ended too
  factory_->doStop();
}

}  // namespace plait::testing
