#pragma once

#include <plait/core/protocol.hpp>

namespace plait {

/// Generates characters for as long as the peer takes them, and ignores what it sends (RFC 864):
/// lines of 72 printable characters, each starting one further in the ring of 95. A pull producer:
/// it writes when the peer has read. Twisted: `wire.Chargen`.
class Chargen : public Protocol, public PullProducer {
 public:
  void connectionMade() override { transport().registerProducer(*this); }
  void resumeProducing() override;
  void stopProducing() override {}
};

}  // namespace plait
