#include <fmt/format.h>

#include <algorithm>
#include <plait/endpoints/detail/happy_eyeballs.hpp>
#include <plait/endpoints/idna.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

/// Addresses that a message names.
constexpr std::ptrdiff_t kMostListed = 8;

/// A failure like `example`, with another message.
Failure withMessage(const Failure& example, const std::string& message) {
  const auto* known = example.check<ConnectError>();
  const auto make = [&](auto error) {
    if (known) error.osError = known->osError;
    return Failure(std::move(error));
  };
  if (example.check<ConnectionRefusedError>()) return make(ConnectionRefusedError(message));
  if (example.check<TCPTimedOutError>()) return make(TCPTimedOutError(message));
  if (example.check<NoRouteError>()) return make(NoRouteError(message));
  if (example.check<TimeoutError>()) return make(TimeoutError(message));
  if (example.check<UserError>()) return make(UserError(message));
  if (example.check<ConnectBindError>()) return example;  // it is no address of the host's
  return make(ConnectError(message));
}

std::string causeOf(const std::optional<Failure>& failure) {
  if (!failure) return "no answer";
  const auto* error = failure->check<ConnectError>();
  if (error && error->osError) return describe(error->osError);
  return failure->getErrorMessage();
}

}  // namespace

/// What an attempt reports to.
class HappyEyeballs::Attempt final : public ClientFactory {
 public:
  Attempt(std::shared_ptr<HappyEyeballs> race, std::size_t index)
      : race_(std::move(race)), index_(index) {}

  void startedConnecting(Connector& connector) override {
    race_->tried_[index_].connector = connector.weak_from_this();
  }
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    return race_->connected(index_, address);
  }
  void clientConnectionFailed(Connector&, const Failure& why) override {
    race_->attemptFailed(index_, why);
  }
  void clientConnectionLost(Connector&, const Failure& why) override {
    race_->connectionLost(index_, why);
  }
  void startFactory() override { race_->winner_->doStart(); }
  void stopFactory() override { race_->winner_->doStop(); }

 private:
  std::shared_ptr<HappyEyeballs> race_;
  std::size_t index_;
};

/// Goes with the function that waits for a lookup.
struct HappyEyeballs::PendingLookup {
  PendingLookup(std::shared_ptr<HappyEyeballs> of, Chain& waitsFor)
      : race(std::move(of)), chain(&waitsFor) {
    race->lookups_.push_back(chain);
  }
  ~PendingLookup() { std::erase(race->lookups_, chain); }

  std::shared_ptr<HappyEyeballs> race;
  Chain* chain;
};

/// What it throws (there is no memory, say) ends the race: nobody else would.
template <class Call>
void HappyEyeballs::guarded(Call&& call) {
  const auto self = shared_from_this();
  try {
    call();
  } catch (...) {
    const Failure why;
    try {
      end();
    } catch (...) {  // what was under way ends by itself
    }
    winner_->fail(why);
  }
}

void HappyEyeballs::start(ReactorNames& names, const std::string& hostname) {
  const Duration timeout = options_.timeout.value_or(Duration::zero());
  if (std::min({timeout, options_.attemptDelay, options_.resolutionDelay}) < Duration::zero()) {
    throw std::invalid_argument("HostnameEndpoint: timeout and delays must not be negative");
  }
  const auto v4 = IPv4Address::parse(hostname, port_);
  const auto v6 = IPv6Address::parse(hostname, port_);
  destination_ = {v4 || v6 ? hostname : hostnameToASCII(hostname), port_};
  winner_->setDestination(destination_);
  winner_->doStart();
  winner_->onCancel([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->end();
  });
  if (options_.timeout) {
    deadline_ = time_.callLater(*options_.timeout, [self = shared_from_this()] {
      self->guarded([&] { self->timedOut(); });
    });
  }

  if (v4) addresses_.add({*v4}, port_);
  if (v6) addresses_.add({*v6}, port_);
  if (v4 || v6) return beginRacing();
  const Address& bind = options_.bindAddress;
  const bool wants6 = options_.family != AddressFamily::ipv4 && !bind.as<IPv4Address>();
  const bool wants4 = options_.family != AddressFamily::ipv6 && !bind.as<IPv6Address>();
  lookupsLeft_ = wants6 + wants4;
  if (wants6) lookUp(names.nameResolver(), AddressFamily::ipv6);
  if (wants4 && !over_) lookUp(names.nameResolver(), AddressFamily::ipv4);
  if (lookupsLeft_ == 0 && !racing_) failIfNothingIsLeft();  // the bind address is of neither
}

// --- Lookups ---------------------------------------------------------------------------

void HappyEyeballs::lookUp(NameResolver& resolver, AddressFamily family) {
  const auto answer =
      maybeDeferred([&] { return resolver.resolve(destination_.hostname, family); });
  auto pending = std::make_unique<PendingLookup>(shared_from_this(), answer.chain());
  answer.addBoth([pending = std::move(pending)](Result<std::vector<Address>> found) mutable {
    const auto race = pending->race;
    pending.reset();
    race->guarded([&] { race->lookedUp(std::move(found)); });
  });
}

void HappyEyeballs::lookedUp(Result<std::vector<Address>> found) {
  --lookupsLeft_;
  if (over_) return;
  if (found.success()) {
    addresses_.add(std::move(found).value(), port_);
  } else {
    lookupFailure_ = found.failure();
  }
  if (racing_) {
    if (!stagger_.active()) tryNext();
  } else if (lookupsLeft_ == 0 || addresses_.hasIPv6()) {
    beginRacing();
  } else if (!addresses_.empty()) {
    resolutionDelay_ = time_.callLater(options_.resolutionDelay, [self = shared_from_this()] {
      self->guarded([&] { self->beginRacing(); });
    });
  }
}

// --- The race --------------------------------------------------------------------------

void HappyEyeballs::beginRacing() {
  racing_ = true;
  resolutionDelay_.cancelIfActive();
  tryNext();
}

void HappyEyeballs::tryNext() {
  if (over_) return;
  if (addresses_.empty()) return failIfNothingIsLeft();
  const std::size_t index = tried_.size();
  const Address address = addresses_.take();
  tried_.push_back({address, {}, {}});
  stagger_ = time_.callLater(options_.attemptDelay, [self = shared_from_this()] {
    self->guarded([&] { self->tryNext(); });
  });
  try {
    tcp_.connectTCP(address.host(), port_, std::make_shared<Attempt>(shared_from_this(), index),
                    {.timeout = std::nullopt,
                     .bindAddress = options_.bindAddress,
                     .transport = options_.transport});
  } catch (...) {
    attemptFailed(index, Failure());
  }
}

std::shared_ptr<Protocol> HappyEyeballs::connected(std::size_t attempt, const Address& address) {
  if (over_) return nullptr;
  winning_ = attempt;
  std::shared_ptr<Protocol> protocol;
  guarded([&] {
    end(attempt);
    protocol = winner_->makeProtocol(address);
  });
  return protocol;
}

/// Of the winner, perhaps before its protocol has seen it.
void HappyEyeballs::connectionLost(std::size_t attempt, const Failure& why) {
  if (winning_ == attempt) winner_->fail(why);
}

void HappyEyeballs::attemptFailed(std::size_t attempt, const Failure& why) {
  if (over_) return;
  tried_[attempt].failure = lastFailure_ = why;
  stagger_.cancelIfActive();
  guarded([&] { tryNext(); });
}

void HappyEyeballs::failIfNothingIsLeft() {
  const bool underWay =
      std::any_of(tried_.begin(), tried_.end(), [](const Tried& one) { return !one.failure; });
  if (underWay || lookupsLeft_ > 0) return;
  end();
  winner_->fail(failure());
}

// --- The end ---------------------------------------------------------------------------

void HappyEyeballs::timedOut() {
  end();
  const double seconds = std::chrono::duration<double>(*options_.timeout).count();
  winner_->fail(Failure(TimeoutError(fmt::format("cannot connect to {}: no answer within {} s{}",
                                                 Address(destination_), seconds, listTried()))));
}

void HappyEyeballs::end(std::optional<std::size_t> kept) {
  if (std::exchange(over_, true)) return;
  const auto self = shared_from_this();
  for (DelayedCall* timer : {&deadline_, &resolutionDelay_, &stagger_}) timer->cancelIfActive();
  const std::vector<ChainRef<Chain>> lookups(lookups_.begin(), lookups_.end());
  for (const auto& lookup : lookups) lookup->cancel();
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    if (i == kept || tried_[i].failure) continue;
    if (auto connector = tried_[i].connector.lock()) connector->disconnect();
  }
  winner_->doStop();
}

Failure HappyEyeballs::failure() const {
  if (lastFailure_) {
    return withMessage(*lastFailure_,
                       fmt::format("cannot connect to {}{}", Address(destination_), listTried()));
  }
  if (lookupFailure_) return *lookupFailure_;
  return Failure(DNSLookupError(destination_.hostname, "it has no addresses"));
}

std::string HappyEyeballs::listTried() const {
  std::string list;
  for (const Tried& one : tried_) {
    if (&one - tried_.data() == kMostListed) {
      return list + fmt::format(" and {} more", tried_.size() - kMostListed);
    }
    list +=
        fmt::format("{} {}: {}", list.empty() ? "; tried" : ",", one.address, causeOf(one.failure));
  }
  return list;
}

}  // namespace plait::detail
