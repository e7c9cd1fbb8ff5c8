#include <plait/core/errors.hpp>
#include <plait/net/detail/stream_connector.hpp>
#include <stdexcept>

namespace plait::detail {

StreamConnector::StreamConnector(Loop& loop, std::shared_ptr<ClientFactory> factory,
                                 const Options& options, const char* function)
    : loop_(loop), factory_(std::move(factory)), options_(options) {
  if (options_.timeout && *options_.timeout < Duration::zero()) {
    throw std::invalid_argument(fmt::format("{}: the timeout must not be negative", function));
  }
}

// --- Connecting ------------------------------------------------------------------------

void StreamConnector::connect() {
  loop_.assertThread();
  if (state_ != State::disconnected) throw std::logic_error("can't connect in this state");
  if (loop_.stopping && ending_) return;  // one that reconnects for ever must not outlive the stop
  if (!factoryStarted_) factory_->doStart();
  factoryStarted_ = true;
  try {
    start();
  } catch (...) {  // there is no memory, say: as if it had not been called
    attempt_.reset();
    unlink();
    state_ = State::disconnected;
    factoryStarted_ = false;
    factory_->doStop();
    throw;
  }
  try {
    factory_->startedConnecting(*this);
  } catch (...) {
    const Failure failure;
    loop_.logger().failure(failure, "startedConnecting threw, {} is not connected to", name());
    failSoon(failure);
  }
}

/// Begins an attempt.
void StreamConnector::start() {
  state_ = State::connecting;
  attempt_ = newAttempt();
  if (!loop_.stopping) loop_.members.push_back(*this);
  if (options_.timeout) {
    attempt_->timeout = loop_.callLater(*options_.timeout, [self = self()] { self->timedOut(); });
  }
  if (loop_.stopping) {
    failSoon(Failure(
        ConnectError(fmt::format("cannot connect to {}: the reactor is stopping", name()))));
  } else {
    begin();
  }
}

void StreamConnector::connected(UniqueDescriptor socket, const Address& peer) {
  attempt_.reset();
  unlink();
  state_ = State::connected;

  std::shared_ptr<Protocol> protocol;
  try {
    const Loop::WatchedCall watched(loop_, "buildProtocol");
    protocol = factory_->makeProtocol(peer);
  } catch (...) {
    const Failure failure;
    loop_.logger().failure(failure, "buildProtocol threw, the connection to {} is closed", name());
    return connectionLost(failure);
  }
  if (!protocol) return connectionLost(connectionDone());
  std::shared_ptr<SocketConnection> connection;
  try {
    connection = makeConnection(std::move(socket), peer, options_.transport);
  } catch (...) {  // the system watches too many sockets, or there is no memory
    return connectionLost(Failure());
  }
  connection_ = connection;
  connection->begin(std::move(protocol), std::shared_ptr<ConnectionOwner>(self()));
}

std::shared_ptr<SocketConnection> StreamConnector::makeConnection(UniqueDescriptor socket,
                                                                  const Address& peer,
                                                                  const TransportOptions& options) {
  return std::make_shared<SocketConnection>(loop_, std::move(socket), peer, Address(), options);
}

// --- Ending ----------------------------------------------------------------------------

void StreamConnector::connectionLost(const Failure& reason) {
  ended(reason, &ClientFactory::clientConnectionLost);
}

void StreamConnector::failSoon(Failure reason) {
  loop_.post("clientConnectionFailed",
             [self = self(), attempt = std::weak_ptr(attempt_), reason = std::move(reason)] {
               if (!attempt.expired()) self->fail(reason);
             });
}

void StreamConnector::fail(const Failure& reason) {
  const auto keep = self();
  attempt_.reset();
  unlink();
  ended(reason, &ClientFactory::clientConnectionFailed);
}

void StreamConnector::ended(const Failure& reason,
                            void (ClientFactory::*tell)(Connector&, const Failure&)) {
  state_ = State::disconnected;
  ending_ = true;
  loop_.guarded("a client factory", [&] { ((*factory_).*tell)(*this, reason); });
  ending_ = false;
  if (state_ != State::disconnected) return;           // it connects again
  if (!std::exchange(factoryStarted_, false)) return;  // it did, and that has ended too
  loop_.guarded("stopFactory", [this] { factory_->doStop(); });
}

void StreamConnector::timedOut() {
  fail(
      Failure(TimeoutError(fmt::format("cannot connect to {}: no answer within {} s", name(),
                                       std::chrono::duration<double>(*options_.timeout).count()))));
}

void StreamConnector::stopConnecting() {
  if (state_ != State::connecting) throw NotConnectingError();  // the reactor may be gone by then
  loop_.assertThread();
  fail(Failure(UserError()));
}

void StreamConnector::disconnect() {
  if (state_ == State::connecting) return stopConnecting();
  if (auto connection = connection_.lock(); connection && state_ == State::connected) {
    connection->loseConnection();
  }
}

}  // namespace plait::detail
