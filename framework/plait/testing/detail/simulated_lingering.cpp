#include <plait/testing/detail/simulated_lingering.hpp>

namespace plait::testing::detail {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostDrained = 64 * 1024 * 1024;
constexpr Duration kLongest = 5s;
constexpr Duration kPoll = 20ms;

}  // namespace

void SimulatedLingering::start(SimulatedHost::Impl& host, WireEnd& end) {
  auto self = std::make_shared<SimulatedLingering>(host, end);
  self->self_ = self;
  end.use(*self);
  end.shutdownWrite();
  host.join(*self);
  self->onlyAcknowledgement_ = host.stopping;
  self->deadline_ = host.simulation.after(kLongest, [&self = *self] { self.end(); });
  self->drain();
}

void SimulatedLingering::shutDown() {
  onlyAcknowledgement_ = true;
  drain();
}

void SimulatedLingering::drain() {
  auto& buffer = host_.network.readBuffer;
  while (drained_ <= kMostDrained && end_->available() > 0) {
    drained_ += end_->read(buffer.data(), buffer.size());
  }
  if (drained_ > kMostDrained) onlyAcknowledgement_ = true;
  if (end_->atEnd()) return end();
  if (onlyAcknowledgement_) awaitAcknowledgement();
}

/// No event tells that the peer has acknowledged, so it is asked for.
void SimulatedLingering::awaitAcknowledgement() {
  if (end_->allArrived()) return end();
  if (!poll_.active()) {
    poll_ = host_.simulation.after(kPoll, [this] { drain(); });
  }
}

void SimulatedLingering::end() {
  const auto keep = std::exchange(self_, nullptr);
  if (!keep) return;
  deadline_.cancelIfActive();
  poll_.cancelIfActive();
  host_.leave(*this);
  end_->close();
}

}  // namespace plait::testing::detail
