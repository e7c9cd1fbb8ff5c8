#include <plait/core/framing_protocol.hpp>

namespace plait {

FramingProtocol::FramingProtocol() = default;
FramingProtocol::~FramingProtocol() = default;

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

  deliverFrames();
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
