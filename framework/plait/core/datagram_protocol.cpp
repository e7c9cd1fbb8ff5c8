#include <plait/core/datagram_protocol.hpp>
#include <plait/core/failure.hpp>
#include <plait/core/log.hpp>
#include <stdexcept>
#include <typeinfo>

namespace plait {

DatagramTransport& DatagramProtocol::transport() const {
  if (!transport_) throw std::logic_error("the datagram protocol has no transport yet");
  return *transport_;
}

void DatagramProtocol::datagramTruncated(BytesView bytes, std::size_t size, const Address& from) {
  Logger(standardLog(), logPrefix())
      .warn("a datagram of {} bytes from {} was dropped: {} fit", size, from, bytes.size());
}

std::string DatagramProtocol::logPrefix() const {
  return readableName(typeid(*this));
}

}  // namespace plait
