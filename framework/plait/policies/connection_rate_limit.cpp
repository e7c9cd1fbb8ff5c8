#include <algorithm>
#include <cmath>
#include <plait/policies/connection_rate_limit.hpp>
#include <plait/policies/detail/recent_peers.hpp>
#include <stdexcept>

namespace plait {

namespace {

/// A token bucket is the moment at which it will be full: that moves on by `interval` with each
/// token taken. As long as it is no more than the other tokens' time away, there is one.
class Rate {
 public:
  explicit Rate(const ConnectionRate& rate) {
    if (!(rate.perSecond > 0) || rate.burst < 1) {
      throw std::invalid_argument("a rate of connections needs some per second, and a burst of 1");
    }
    constexpr double kLongest = 1e17;  // ns: some three years
    const double interval = 1e9 / rate.perSecond;
    interval_ = Duration(std::llround(std::min(interval, kLongest)));
    others_ =
        Duration(std::llround(std::min(interval * static_cast<double>(rate.burst - 1), kLongest)));
  }

  bool hasToken(TimePoint full, TimePoint now) const { return full <= now + others_; }
  void take(TimePoint& full, TimePoint now) const { full = std::max(full, now) + interval_; }
  /// How long it takes an empty bucket to be full.
  Duration fillTime() const { return others_ + interval_; }

 private:
  Duration interval_{};
  Duration others_{};
};

std::optional<Rate> rateOf(const std::optional<ConnectionRate>& rate) {
  return rate ? std::optional(Rate(*rate)) : std::nullopt;
}

}  // namespace

struct ConnectionRateLimit::State {
  explicit State(const ConnectionRateOptions& options)
      : peerRate(rateOf(options.perPeer)),
        totalRate(rateOf(options.total)),
        peers(options.rememberedPeers, peerRate ? peerRate->fillTime() : Duration::zero()) {}

  std::optional<Rate> peerRate;
  std::optional<Rate> totalRate;
  TimePoint totalFull = TimePoint::min();
  detail::RecentPeers peers;
};

ConnectionRateLimit::ConnectionRateLimit(ConnectionRateOptions options)
    : options_(options), state_(std::make_unique<State>(options)) {
  PeerGroup::of({}, options.prefixes);  // are they good?
}

ConnectionRateLimit::~ConnectionRateLimit() = default;

ConnectionRateLimit::Verdict ConnectionRateLimit::admit(const Address& peer, TimePoint now) {
  const auto group = options_.perPeer ? PeerGroup::of(peer, options_.prefixes) : std::nullopt;
  const std::lock_guard lock(mutex_);
  TimePoint* const peerFull = group ? &state_->peers.come(*group, now) : nullptr;
  if (peerFull && !state_->peerRate->hasToken(*peerFull, now)) return Verdict::peerTooFast;
  if (state_->totalRate) {
    if (!state_->totalRate->hasToken(state_->totalFull, now)) return Verdict::allTooFast;
    state_->totalRate->take(state_->totalFull, now);
  }
  if (peerFull) state_->peerRate->take(*peerFull, now);
  return Verdict::admitted;
}

std::size_t ConnectionRateLimit::rememberedPeers() const {
  const std::lock_guard lock(mutex_);
  return state_->peers.size();
}

}  // namespace plait
