#include <deque>
#include <plait/core/errors.hpp>
#include <plait/net/detail/tcp_connector.hpp>
#include <stdexcept>

namespace plait::detail {

struct TcpConnector::Attempt {
  explicit Attempt(Loop& loop) : socket(loop.context().get_executor()) {}
  ~Attempt() {
    timeout.cancelIfActive();
    if (lookup) lookup->cancel();
  }

  std::deque<Address> addresses;
  Address current;
  TcpSocket socket;
  DelayedCall timeout;
  std::optional<Deferred<void>> lookup;
  std::optional<Failure> lastFailure;
};

TcpConnector::TcpConnector(Loop& loop, ReactorNames& names, std::string host, std::uint16_t port,
                           std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : loop_(loop),
      names_(names),
      host_(std::move(host)),
      port_(port),
      factory_(std::move(factory)),
      options_(std::move(options)) {
  if (options_.timeout && *options_.timeout < Duration::zero()) {
    throw std::invalid_argument("connectTCP: the timeout must not be negative");
  }
  if (options_.bindAddress != Address()) toEndpoint(options_.bindAddress);  // throws if it is none
}

Address TcpConnector::getDestination() const {
  const Address literal = literalAddress(host_, port_);
  return literal != Address() ? literal : Address(HostnameAddress{host_, port_});
}

void TcpConnector::connect() {
  loop_.assertThread();
  if (state_ != State::disconnected) throw std::logic_error("can't connect in this state");
  if (loop_.stopping && ending_) return;  // one that reconnects for ever must not outlive the stop
  if (!factoryStarted_) factory_->doStart();
  factoryStarted_ = true;
  state_ = State::connecting;
  attempt_ = std::make_shared<Attempt>(loop_);
  if (!loop_.stopping) loop_.members.push_back(*this);
  if (options_.timeout) {
    attempt_->timeout = loop_.callLater(*options_.timeout, [self = self()] { self->timedOut(); });
  }
  begin();
  try {
    factory_->startedConnecting(*this);
  } catch (...) {
    const Failure failure;
    loop_.logger().failure(failure, "startedConnecting threw, {} is not connected to", name());
    failSoon(failure);
  }
}

void TcpConnector::begin() {
  if (loop_.stopping) {
    return failSoon(Failure(
        ConnectError(fmt::format("cannot connect to {}: the reactor is stopping", name()))));
  }
  const Address literal = literalAddress(host_, port_);
  if (literal != Address()) {
    attempt_->addresses.push_back(literal);
    return tryNext();
  }
  attempt_->lookup = names_.nameResolver().resolve(host_).addBoth(
      [self = self(), weak = std::weak_ptr(attempt_)](Result<std::vector<Address>> found) {
        if (!weak.expired()) self->resolved(std::move(found));
      });
}

/// Perhaps from inside `connect`: a resolver may know the answer at once.
void TcpConnector::resolved(Result<std::vector<Address>> found) {
  if (!found.success()) return failSoon(found.failure());
  if (found.value().empty()) return failSoon(Failure(DNSLookupError(host_, "no addresses")));
  for (const Address& address : found.value()) {
    TcpEndpoint endpoint = toEndpoint(address);
    endpoint.port(port_);
    attempt_->addresses.push_back(toAddress(endpoint));
  }
  tryNext();
}

void TcpConnector::tryNext() {
  Attempt& attempt = *attempt_;
  if (attempt.addresses.empty()) return failSoon(*attempt.lastFailure);
  attempt.current = attempt.addresses.front();
  attempt.addresses.pop_front();
  const TcpEndpoint endpoint = toEndpoint(attempt.current);

  ErrorCode error;
  attempt.socket.close(error);
  attempt.socket.open(endpoint.protocol(), error);
  if (!error && options_.bindAddress != Address()) {
    const TcpEndpoint local = toEndpoint(options_.bindAddress);
    attempt.socket.set_option(TcpSocket::reuse_address(true), error);
    attempt.socket.bind(local, error);
    if (error) {
      attempt.lastFailure = Failure(ConnectBindError(options_.bindAddress, std::error_code(error)));
      return tryNext();
    }
  }
  if (error) {
    attempt.lastFailure = Failure(getConnectError(std::error_code(error), name()));
    return tryNext();
  }
  attempt.socket.async_connect(endpoint,
                               [self = self(), weak = std::weak_ptr(attempt_)](ErrorCode result) {
                                 if (!weak.expired()) self->tried(result);
                               });
}

void TcpConnector::tried(ErrorCode error) {
  Loop::Callback callback(loop_);
  if (!error) return connected();
  attempt_->lastFailure = Failure(getConnectError(std::error_code(error), name()));
  tryNext();
}

void TcpConnector::connected() {
  const auto attempt = std::move(attempt_);
  unlink();
  state_ = State::connected;
  ErrorCode ignored;
  attempt->socket.set_option(asio::ip::tcp::no_delay(true), ignored);

  std::shared_ptr<Protocol> protocol;
  try {
    protocol = factory_->makeProtocol(attempt->current);
  } catch (...) {
    const Failure failure;
    loop_.logger().failure(failure, "buildProtocol threw, the connection to {} is closed", name());
    return connectionLost(failure);
  }
  if (!protocol) return connectionLost(connectionDone());
  auto connection = std::make_shared<SocketConnection>(
      loop_, std::move(attempt->socket), attempt->current, Address(), options_.transport);
  connection_ = connection;
  connection->begin(std::move(protocol), std::shared_ptr<ConnectionOwner>(self()));
}

void TcpConnector::connectionLost(const Failure& reason) {
  ended(reason, &ClientFactory::clientConnectionLost);
}

/// Never from inside the caller's call: the caller has not returned from `connect` yet.
void TcpConnector::failSoon(Failure reason) {
  loop_.post("clientConnectionFailed",
             [self = self(), attempt = std::weak_ptr(attempt_), reason = std::move(reason)] {
               if (!attempt.expired()) self->fail(reason);
             });
}

void TcpConnector::fail(const Failure& reason) {
  const auto keep = self();
  attempt_.reset();
  unlink();
  ended(reason, &ClientFactory::clientConnectionFailed);
}

void TcpConnector::ended(const Failure& reason,
                         void (ClientFactory::*tell)(Connector&, const Failure&)) {
  state_ = State::disconnected;
  ending_ = true;
  loop_.guarded("a client factory", [&] { ((*factory_).*tell)(*this, reason); });
  ending_ = false;
  if (state_ != State::disconnected) return;           // it connects again
  if (!std::exchange(factoryStarted_, false)) return;  // it did, and that has ended too
  loop_.guarded("stopFactory", [this] { factory_->doStop(); });
}

void TcpConnector::timedOut() {
  fail(
      Failure(TimeoutError(fmt::format("cannot connect to {}: no answer within {} s", name(),
                                       std::chrono::duration<double>(*options_.timeout).count()))));
}

void TcpConnector::stopConnecting() {
  if (state_ != State::connecting) throw NotConnectingError();  // the reactor may be gone by then
  loop_.assertThread();
  fail(Failure(UserError()));
}

void TcpConnector::disconnect() {
  if (state_ == State::connecting) return stopConnecting();
  if (auto connection = connection_.lock(); connection && state_ == State::connected) {
    connection->loseConnection();
  }
}

}  // namespace plait::detail
