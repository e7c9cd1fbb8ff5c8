#include <plait/core/errors.hpp>
#include <plait/testing/memory_connector.hpp>
#include <stdexcept>
#include <utility>

namespace plait::testing {

MemoryConnector::MemoryConnector(ReactorTime& time, Address destination,
                                 std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : time_(time),
      destination_(std::move(destination)),
      factory_(std::move(factory)),
      options_(std::move(options)) {}

MemoryConnector::MemoryConnector(ReactorTime& time, UNIXAddress destination,
                                 std::shared_ptr<ClientFactory> factory, UNIXConnectOptions options)
    : MemoryConnector(time, Address(std::move(destination)), std::move(factory),
                      {.timeout = options.timeout, .transport = options.transport}) {
  unixOptions_ = std::move(options);
}

void MemoryConnector::connect() {
  if (state_ != State::disconnected) throw std::logic_error("can't connect in this state");
  state_ = State::connecting;
  if (!std::exchange(factoryStarted_, true)) factory_->doStart();
  if (options_.timeout) {
    timeout_ = time_.callLater(*options_.timeout, weakly(this, [](MemoryConnector& self) {
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
