#pragma once

#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/endpoints/detail/address_queue.hpp>
#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <string>
#include <vector>

namespace plait::detail {

/// One connect of a HostnameEndpoint: lookups, and attempts that race. RFC 8305.
///
///     start ─▶ lookups under way ──IPv6 is there, or IPv4 and the resolution delay is over──▶
///     racing
///
///     racing: an attempt is begun at once, and another
///       * `attemptDelay` after the last was begun, or
///       * when one has failed,
///       as long as there are addresses; those of the slower lookup join when they come.
///
///     ends with the first attempt that connects; or when all have failed and nothing is left to be
///     tried or looked up; at the deadline; or when it is cancelled.
///
/// What it waits for keeps it: timers, lookups, and the factories of its attempts.
class HappyEyeballs : public std::enable_shared_from_this<HappyEyeballs> {
 public:
  /// `winner` builds the protocol of the first connection there is, and is told when none comes.
  HappyEyeballs(ReactorTCP& tcp, ReactorTime& time, std::shared_ptr<ConnectingFactory> winner,
                std::uint16_t port, const HostnameOptions& options)
      : tcp_(tcp), time_(time), winner_(std::move(winner)), port_(port), options_(options) {}

  /// Throws std::invalid_argument when `hostname` is none.
  void start(ReactorNames& names, const std::string& hostname);

 private:
  class Attempt;
  struct PendingLookup;
  struct Tried {
    Address address;
    std::weak_ptr<Connector> connector;
    std::optional<Failure> failure;  // unset: under way
  };

  template <class Call>
  void guarded(Call&& call);
  void lookUp(NameResolver& resolver, AddressFamily family);
  void lookedUp(Result<std::vector<Address>> found);
  void beginRacing();
  void tryNext();

  std::shared_ptr<Protocol> connected(std::size_t attempt, const Address& address);
  void connectionLost(std::size_t attempt, const Failure& why);
  void attemptFailed(std::size_t attempt, const Failure& why);
  void failIfNothingIsLeft();
  void timedOut();
  /// Stops everything that is under way, but for one attempt.
  void end(std::optional<std::size_t> kept = std::nullopt);

  Failure failure() const;
  std::string listTried() const;

  ReactorTCP& tcp_;
  ReactorTime& time_;
  std::shared_ptr<ConnectingFactory> winner_;
  std::uint16_t port_;
  HostnameOptions options_;
  HostnameAddress destination_;  // in ASCII

  int lookupsLeft_ = 0;
  std::vector<Chain*> lookups_;  // not owned, or they and this would keep each other
  std::optional<Failure> lookupFailure_;
  AddressQueue addresses_;
  std::vector<Tried> tried_;
  std::optional<Failure> lastFailure_;
  std::optional<std::size_t> winning_;  // the attempt that has connected
  DelayedCall deadline_;
  DelayedCall resolutionDelay_;
  DelayedCall stagger_;
  bool racing_ = false;
  bool over_ = false;
};

}  // namespace plait::detail
