#include <bit>
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
  ++truncated_;
  if (!std::has_single_bit(truncated_)) return;  // a stranger must not fill the log
  const std::string soFar = truncated_ == 1 ? "" : fmt::format("; {} such so far", truncated_);
  Logger(standardLog(), logPrefix())
      .warn("a datagram of {} bytes from {} was dropped: {} fit{}", size, from, bytes.size(),
            soFar);
}

std::string DatagramProtocol::logPrefix() const {
  return readableName(typeid(*this));
}

}  // namespace plait
