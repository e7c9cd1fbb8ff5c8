#include <plait/testing/memory_port.hpp>
#include <utility>

namespace plait::testing {

MemoryPort::MemoryPort(Address host, std::shared_ptr<Factory> factory, ListenOptions options)
    : host_(std::move(host)), factory_(std::move(factory)), options_(std::move(options)) {
  factory_->doStart();
}

MemoryPort::MemoryPort(UNIXAddress host, std::shared_ptr<Factory> factory,
                       UNIXListenOptions options)
    : MemoryPort(Address(std::move(host)), std::move(factory), ListenOptions()) {
  unixOptions_ = std::move(options);
}

void MemoryPort::doStopListening(UniqueFunction<void()> stopped) {
  if (std::exchange(listening_, false)) factory_->doStop();
  stopped();
}

}  // namespace plait::testing
