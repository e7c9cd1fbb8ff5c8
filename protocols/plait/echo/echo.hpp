#pragma once

#include <plait/core/protocol.hpp>

namespace plait {

/// Sends every byte back (RFC 862). Twisted: `wire.Echo`. It reads no faster than its peer does:
/// when the peer leaves its echo unread, Echo stops reading too.
class Echo : public Protocol {
 public:
  void connectionMade() override { transport().registerProducer(transport()); }
  void dataReceived(BytesView data) override { transport().write(data); }
};

/// Throws every byte away (RFC 863). Twisted: `wire.Discard`.
class Discard : public Protocol {};

}  // namespace plait
