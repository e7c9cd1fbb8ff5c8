#pragma once

#include <plait/tls/tls_factory.hpp>

#include "tls_replay.hpp"

namespace plait::fuzz {

/// Says its text when the handshake is done, and notes what happens to it.
class TLSTalker : public Protocol, public HandshakeListener {
 public:
  explicit TLSTalker(Events& events) : events(events) {}

  void connectionMade() override { events.push_back("made"); }
  void handshakeCompleted() override {
    events.push_back("handshake");
    transport().write(says);
  }
  void dataReceived(BytesView data) override {
    heard += data;
    if (closesAfter != 0 && heard.size() >= closesAfter) transport().loseConnection();
  }
  void connectionLost(const Failure& why) override {
    events.push_back("heard " + heard);  // cut anywhere, so noted as a whole
    events.push_back(fmt::format("lost {}: {}", why.typeName(), why.getErrorMessage()));
  }

  Events& events;
  Bytes says;
  Bytes heard;
  std::size_t closesAfter = 0;  // bytes; 0 = when the peer does
};

/// What a transport is to carry, for `protocol` to be this end of the conversation.
inline std::shared_ptr<Protocol> talkingTLS(End end, const Conversation& held,
                                            std::shared_ptr<Protocol> protocol) {
  struct OneProtocol final : Factory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override { return protocol; }
    std::shared_ptr<Protocol> protocol;
  };
  const auto factory = std::make_shared<OneProtocol>();
  factory->protocol = std::move(protocol);
  return tlsServer(end == End::server ? held.server : held.client, factory)->makeProtocol({});
}

}  // namespace plait::fuzz
