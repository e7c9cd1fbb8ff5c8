#include <plait/core/process_protocol.hpp>
#include <plait/core/reactor_process.hpp>
#include <stdexcept>
#include <typeinfo>

namespace plait {

std::shared_ptr<ProcessTransport> ReactorProcess::spawnProcess(
    std::shared_ptr<ProcessProtocol> protocol, std::string executable) {
  return spawnProcess(std::move(protocol), std::move(executable), ProcessOptions());
}

ProcessTransport& ProcessProtocol::transport() const {
  if (!transport_) throw std::logic_error("the process protocol has no transport yet");
  return *transport_;
}

void ProcessProtocol::childDataReceived(int childFD, BytesView data) {
  if (childFD == 1) outReceived(data);
  if (childFD == 2) errReceived(data);
}

void ProcessProtocol::childConnectionLost(int childFD) {
  if (childFD == 0) inConnectionLost();
  if (childFD == 1) outConnectionLost();
  if (childFD == 2) errConnectionLost();
}

std::string ProcessProtocol::logPrefix() const {
  return readableName(typeid(*this));
}

}  // namespace plait
