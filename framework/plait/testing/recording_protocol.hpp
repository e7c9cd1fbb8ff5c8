#pragma once

#include <optional>
#include <plait/core/protocol.hpp>

namespace plait::testing {

/// Records what happens to it: the other end of a protocol under test. Twisted:
/// `AccumulatingProtocol`.
class RecordingProtocol : public Protocol {
 public:
  void connectionMade() override { ++made; }
  void dataReceived(BytesView bytes) override {
    data += bytes;
    ++chunks;
  }
  void connectionLost(const Failure& why) override {
    ++lost;
    reason = why;
  }

  int made = 0;
  int lost = 0;
  int chunks = 0;
  Bytes data;
  std::optional<Failure> reason;
};

}  // namespace plait::testing
