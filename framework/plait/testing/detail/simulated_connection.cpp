#include <array>
#include <plait/core/errors.hpp>
#include <plait/testing/detail/simulated_connection.hpp>
#include <plait/testing/detail/simulated_lingering.hpp>

namespace plait::testing::detail {

SimulatedConnection::SimulatedConnection(SimulatedHost::Impl& host, WireEnd& end,
                                         const TransportOptions& options)
    : StreamTransport(*host.host, host.log, host.transports, options),
      host_(host),
      end_(&end),
      peer_(end.peer()),
      local_(end.host()) {}

void SimulatedConnection::begin(std::shared_ptr<Protocol> protocol,
                                std::shared_ptr<ConnectionOwner> owner) {
  self_ = shared_from_this();
  owner_ = std::move(owner);
  end_->use(*this);
  host_.join(*this);
  start(std::move(protocol));
}

void SimulatedConnection::requestTurn() {
  host_.requestTurn(std::static_pointer_cast<SimulatedConnection>(shared_from_this()));
}

// --- Reading ---------------------------------------------------------------------------

void SimulatedConnection::readable() {
  if (read_.active() || !wantsRead()) return;
  SimulatedHost::Impl::Callback callback(host_);
  readOnce();
}

void SimulatedConnection::readingChanged() {
  if (!disconnecting() || discardsInput()) readSoon();
}

void SimulatedConnection::readSoon() {
  if (!end_ || !end_->hasInput() || read_.active()) return;
  read_ = host_.simulation.soon([this] { readable(); });
}

void SimulatedConnection::readOnce() {
  auto& buffer = host_.network.readBuffer;
  const std::size_t size = end_->read(buffer.data(), buffer.size());
  if (size > 0) {
    received({buffer.data(), size});
  } else if (end_->atEnd()) {
    return receivedEOF();
  }
  if (wantsRead()) readSoon();
}

/// The system tells a reset at once, also to those who do not read; these lose what had come.
void SimulatedConnection::broken(std::error_code why) {
  SimulatedHost::Impl::Callback callback(host_);
  const auto keep = shared_from_this();
  while (end_ && wantsRead() && end_->available() > 0) readOnce();
  failed(Failure(ConnectionLost(why)));
}

// --- Sending ---------------------------------------------------------------------------

void SimulatedConnection::writable() {
  SimulatedHost::Impl::Callback callback(host_);
  StreamTransport::writable();
}

StreamTransport::SendResult SimulatedConnection::send(const OutputBuffer& out) {
  std::array<BytesView, 64> pieces;
  return sendAtOnce(std::span(pieces).first(out.gather(pieces)));
}

StreamTransport::SendResult SimulatedConnection::sendAtOnce(std::span<const BytesView> pieces) {
  SendResult result;
  result.sent = end_->write(pieces, result.wouldBlock);
  return result;
}

// --- Closing ---------------------------------------------------------------------------

void SimulatedConnection::close(CloseKind kind) {
  WireEnd& end = *std::exchange(end_, nullptr);
  read_.cancelIfActive();
  if (kind == CloseKind::reset) return end.reset();
  if (eofReceived()) return end.close();
  SimulatedLingering::start(host_, end);
}

void SimulatedConnection::lost(const Failure& reason) {
  host_.leave(*this);
  if (owner_) std::exchange(owner_, nullptr)->connectionLost(reason);
  self_.reset();  // the caller, finish(), still holds one
}

void SimulatedConnection::end() {
  failed(Failure(ConnectionAborted("Connection was aborted: its reactor has stopped.")));
}

void SimulatedConnection::setTcpKeepAlive(bool on, KeepAlive probes) {
  keepAlive_ = on;
  if (!end_) return;
  end_->setKeepAlive(on ? Duration(probes.idle + probes.probes * probes.interval)
                        : Duration::zero());
}

}  // namespace plait::testing::detail
