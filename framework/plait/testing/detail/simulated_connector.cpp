#include <fmt/format.h>

#include <plait/core/errors.hpp>
#include <plait/testing/detail/address_kinds.hpp>
#include <plait/testing/detail/simulated_connector.hpp>
#include <plait/testing/detail/simulated_port.hpp>
#include <stdexcept>

namespace plait::testing::detail {

namespace {

using namespace std::chrono_literals;

/// A request to connect that nobody answers is sent again, after this time and then after twice as
/// long, six times in all, as Linux does.
constexpr Duration kFirstRetry = 1s;
constexpr int kRetries = 6;
/// Until a system gives up to look for a host that is not there.
constexpr Duration kNoSuchHost = 3s;

}  // namespace

struct SimulatedConnector::Attempt {
  ~Attempt() {
    timeout.cancelIfActive();
    if (lookup) lookup->cancel();
  }

  DelayedCall timeout;
  std::optional<Deferred<void>> lookup;
  std::deque<Address> addresses;
  std::optional<Failure> lastFailure;
  // The address that is being tried:
  Address to;
  Address from;
  SimulatedHost::Impl* server = nullptr;
  int retries = 0;
  bool inVain = false;  // the network loses whatever is sent
  DelayedCall retry;
};

SimulatedConnector::SimulatedConnector(SimulatedHost::Impl& host, Address destination,
                                       std::shared_ptr<ClientFactory> factory,
                                       ConnectOptions options)
    : host_(host),
      destination_(std::move(destination)),
      factory_(std::move(factory)),
      options_(std::move(options)) {
  const bool isUnix = destination_.as<UNIXAddress>() != nullptr;
  if (options_.timeout && *options_.timeout < Duration::zero()) {
    throw std::invalid_argument(
        fmt::format("{}: the timeout must not be negative", isUnix ? "connectUNIX" : "connectTCP"));
  }
  const Address& local = options_.bindAddress;
  if (local != Address() && !local.as<IPv4Address>() && !local.as<IPv6Address>()) {
    throw InvalidAddressError(local, "only IP addresses are accepted, not hostnames");
  }
}

template <class F>
void SimulatedConnector::later(Duration delay, F call) {
  const std::uint64_t life = host_.life();
  host_.simulation.after(delay, [self = self(), weak = std::weak_ptr(attempt_), life, call] {
    if (weak.expired() || life != self->host_.life()) return;
    SimulatedHost::Impl::Callback callback(self->host_);
    call(*self);
  });
}

// --- Connecting ------------------------------------------------------------------------

void SimulatedConnector::connect() {
  if (state_ != State::disconnected) throw std::logic_error("can't connect in this state");
  if (!host_.up) return;                  // nothing happens there, and nobody can be told
  if (host_.stopping && ending_) return;  // one that reconnects for ever must not outlive the stop
  if (!factoryStarted_) factory_->doStart();
  factoryStarted_ = true;
  state_ = State::connecting;
  attempt_ = std::make_shared<Attempt>();
  if (host_.stopping) {
    failSoon(Failure(
        ConnectError(fmt::format("cannot connect to {}: the reactor is stopping", destination_))));
  } else {
    host_.join(*this);
    if (options_.timeout) {
      attempt_->timeout =
          host_.simulation.after(*options_.timeout, [self = self()] { self->timedOut(); });
    }
    begin();
  }
  try {
    factory_->startedConnecting(*this);
  } catch (...) {
    const Failure failure;
    host_.logger().failure(failure, "startedConnecting threw, {} is not connected to",
                           destination_);
    failSoon(failure);
  }
}

void SimulatedConnector::begin() {
  const auto* name = destination_.as<HostnameAddress>();
  if (!name) {
    attempt_->addresses = {destination_};
    return tryNext();
  }
  NameResolver& resolver = host_.host->nameResolver();
  attempt_->lookup = resolver.resolve(name->hostname)
                         .addBoth([self = self(), weak = std::weak_ptr(attempt_)](
                                      Result<std::vector<Address>> found) {
                           if (!weak.expired()) self->resolved(std::move(found));
                         });
}

/// Perhaps from inside `connect`: a resolver may know the answer at once.
void SimulatedConnector::resolved(Result<std::vector<Address>> found) {
  if (!found.success()) return failSoon(found.failure());
  const std::string& name = destination_.as<HostnameAddress>()->hostname;
  if (found.value().empty()) return failSoon(Failure(DNSLookupError(name, "no addresses")));
  for (const Address& address : found.value()) {
    attempt_->addresses.push_back(withPort(address, destination_.port()));
  }
  tryNext();
}

void SimulatedConnector::tryNext() {
  Attempt& attempt = *attempt_;
  if (attempt.addresses.empty()) return failSoon(*attempt.lastFailure);
  attempt.to = attempt.addresses.front();
  attempt.addresses.pop_front();
  attempt.retries = 0;
  attempt.server = host_.network.hostAt(attempt.to, host_);
  if (!chooseLocal(attempt.to, attempt.from)) {
    attempt.lastFailure = Failure(ConnectBindError(
        options_.bindAddress, std::make_error_code(std::errc::address_not_available)));
    return tryNext();
  }
  if (!attempt.server) {
    return later(kNoSuchHost, [](auto& self) { self.answered(std::errc::host_unreachable); });
  }
  attempt.inVain = host_.simulation.random.chance(
      host_.network.link(host_, *attempt.server).options.lostConnects);
  askServer();
}

/// The address of this end; false when that asked for cannot be had.
bool SimulatedConnector::chooseLocal(const Address& to, Address& local) {
  if (to.as<UNIXAddress>()) {
    local = UNIXAddress();
    return true;
  }
  if (options_.bindAddress != Address()) {
    if (!host_.owns(options_.bindAddress)) return false;
    local = options_.bindAddress;
    if (local.port() == 0) local = withPort(local, host_.localPort());
    return true;
  }
  const bool loopback = host_.network.hostAt(to, host_) == &host_;
  if (to.as<IPv4Address>()) {
    local = loopback ? to : Address(host_.host->address());
  } else {
    local = loopback ? to : Address(host_.host->address6());
  }
  local = withPort(local, host_.localPort());
  return true;
}

// --- The three steps -------------------------------------------------------------------

void SimulatedConnector::askServer() {
  Attempt& attempt = *attempt_;
  host_.trace(Happening::attempt, 0, static_cast<std::uint64_t>(attempt.retries));
  SimulatedLink& link = host_.network.link(host_, *attempt.server);
  askAgainLater();
  if (attempt.inVain) return;
  later(link.delay(host_.simulation.random), [](auto& self) { self.requestArrives(); });
}

void SimulatedConnector::askAgainLater() {
  const int retries = attempt_->retries;
  attempt_->retry.cancelIfActive();
  attempt_->retry = host_.simulation.after(kFirstRetry * (1 << retries),
                                           [self = self(), weak = std::weak_ptr(attempt_)] {
                                             if (weak.expired()) return;
                                             Attempt& same = *self->attempt_;
                                             if (same.retries++ == kRetries) {
                                               return self->answered(std::errc::timed_out);
                                             }
                                             self->askServer();
                                           });
}

/// At the server's host.
void SimulatedConnector::requestArrives() {
  SimulatedHost::Impl& server = *attempt_->server;
  SimulatedLink& link = host_.network.link(host_, server);
  if (link.blocked() || !server.up) return;
  const bool refused = host_.simulation.random.chance(link.options.refusals);
  if (!refused && server.portAt(attempt_->to)) return answer(std::errc());
  answer(attempt_->to.as<UNIXAddress>() ? std::errc::no_such_file_or_directory
                                        : std::errc::connection_refused);
}

void SimulatedConnector::answer(std::errc error) {
  SimulatedLink& link = host_.network.link(host_, *attempt_->server);
  later(link.delay(host_.simulation.random), [error](auto& self) {
    if (!self.host_.network.link(self.host_, *self.attempt_->server).blocked()) {
      self.answered(error);
    }
  });
}

void SimulatedConnector::answered(std::errc error) {
  attempt_->retry.cancelIfActive();
  if (error == std::errc()) return connected();
  host_.trace(Happening::refused);
  attempt_->lastFailure =
      Failure(getConnectError(std::make_error_code(error), toString(destination_)));
  tryNext();
}

void SimulatedConnector::connected() {
  WireEnd& end =
      host_.network.addWire(host_, *attempt_->server, attempt_->from, attempt_->to).end(0);
  host_.trace(Happening::connected, host_.network.wiresMade);
  const Address peer = attempt_->to;
  attempt_.reset();
  host_.leave(*this);
  state_ = State::connected;

  std::shared_ptr<Protocol> protocol;
  Failure reason = connectionDone();
  try {
    protocol = factory_->makeProtocol(peer);
  } catch (...) {
    reason = Failure();
    host_.logger().failure(reason, "buildProtocol threw, the connection to {} is closed",
                           destination_);
  }
  if (!protocol) {
    end.close();
    return connectionLost(reason);
  }
  auto connection = std::make_shared<SimulatedConnection>(host_, end, options_.transport);
  connection_ = connection;
  connection->begin(std::move(protocol), std::shared_ptr<ConnectionOwner>(self()));
}

// --- Ending ----------------------------------------------------------------------------

void SimulatedConnector::connectionLost(const Failure& reason) {
  ended(reason, &ClientFactory::clientConnectionLost);
}

void SimulatedConnector::failSoon(Failure reason) {
  later(Duration::zero(), [reason = std::move(reason)](auto& self) { self.fail(reason); });
}

void SimulatedConnector::fail(const Failure& reason) {
  const auto keep = self();
  attempt_.reset();
  host_.leave(*this);
  ended(reason, &ClientFactory::clientConnectionFailed);
}

void SimulatedConnector::ended(const Failure& reason,
                               void (ClientFactory::*tell)(Connector&, const Failure&)) {
  state_ = State::disconnected;
  ending_ = true;
  host_.guarded("a client factory", [&] { ((*factory_).*tell)(*this, reason); });
  ending_ = false;
  if (state_ != State::disconnected) return;           // it connects again
  if (!std::exchange(factoryStarted_, false)) return;  // it did, and that has ended too
  host_.guarded("stopFactory", [this] { factory_->doStop(); });
}

void SimulatedConnector::timedOut() {
  fail(
      Failure(TimeoutError(fmt::format("cannot connect to {}: no answer within {} s", destination_,
                                       std::chrono::duration<double>(*options_.timeout).count()))));
}

void SimulatedConnector::stopConnecting() {
  if (state_ != State::connecting) throw NotConnectingError();
  fail(Failure(UserError()));
}

void SimulatedConnector::disconnect() {
  if (state_ == State::connecting) return stopConnecting();
  if (auto connection = connection_.lock(); connection && state_ == State::connected) {
    connection->loseConnection();
  }
}

}  // namespace plait::testing::detail
