#include <plait/core/framing_protocol.hpp>

namespace plait {

void FramingProtocol::dataReceived(BytesView data) {
  input_.append(data);
  if (!delivering_) deliverAll();
}

void FramingProtocol::deliverAll() {
  struct Guard {
    explicit Guard(FramingProtocol& protocol) : protocol(protocol) { protocol.delivering_ = true; }
    ~Guard() {
      protocol.delivering_ = false;
      protocol.input_.keep();
    }
    FramingProtocol& protocol;
  } guard(*this);

  // Asked anew each time: delivering a message may have put another transport in place (TLS).
  while (!input_.empty() && !paused_ && !transport().disconnecting() && deliverFrame()) {
  }
}

void FramingProtocol::pauseProducing() {
  paused_ = true;
  transport().pauseProducing();
}

void FramingProtocol::resumeProducing() {
  paused_ = false;
  transport().resumeProducing();
  if (delivering_ || input_.empty()) return;
  const auto keep = shared_from_this();
  try {
    deliverAll();
  } catch (...) {  // the caller is a timer or another connection: it is not their fault
    transport().failConnection(Failure(), "dataReceived");
  }
}

void FramingProtocol::stopProducing() {
  transport().loseConnection();
}

}  // namespace plait
