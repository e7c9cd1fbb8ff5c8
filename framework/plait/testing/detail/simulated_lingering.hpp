#pragma once

#include <plait/testing/detail/simulated_host_impl.hpp>

namespace plait::testing::detail {

/// The end of an orderly close, with the rules of room net's LingeringClose: what the peer still
/// sends is read and thrown away until it closes too, so that no reset destroys what it has not
/// read; at most 64 MiB and five seconds of it.
class SimulatedLingering final : public HostMember, private WireUser {
 public:
  /// Takes over `end`.
  static void start(SimulatedHost::Impl& host, WireEnd& end);

  SimulatedLingering(SimulatedHost::Impl& host, WireEnd& end) : host_(host), end_(&end) {}

  void shutDown() override;
  void end() override;
  std::string describe() const override { return "a connection that is being closed"; }

 private:
  void readable() override { drain(); }
  void writable() override {}
  void broken(std::error_code) override { end(); }

  void drain();
  void awaitAcknowledgement();

  SimulatedHost::Impl& host_;
  WireEnd* end_;
  std::shared_ptr<SimulatedLingering> self_;
  DelayedCall deadline_;
  DelayedCall poll_;
  std::size_t drained_ = 0;
  bool onlyAcknowledgement_ = false;  // is waited for: no more input
};

}  // namespace plait::testing::detail
