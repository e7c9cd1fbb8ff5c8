#include <fmt/format.h>

#include <plait/testing/detail/simulated_host_impl.hpp>
#include <plait/testing/detail/simulated_port.hpp>
#include <plait/testing/detail/wire.hpp>

namespace plait::testing::detail {

// --- An end ----------------------------------------------------------------------------

const Address& WireEnd::host() const {
  return wire_.addresses_[index_];
}

const Address& WireEnd::peer() const {
  return wire_.addresses_[1 - index_];
}

bool WireEnd::isUnix() const {
  return wire_.addresses_[1].as<UNIXAddress>() != nullptr;
}

Pipe& WireEnd::in() {
  return wire_.end(1 - index_).out_;
}

const Pipe& WireEnd::in() const {
  return wire_.end(1 - index_).out_;
}

std::size_t WireEnd::write(std::span<const BytesView> pieces, bool& full) {
  return out_.write(pieces, full);
}

void WireEnd::setKeepAlive(Duration silence) {
  keepAlive_ = silence;
  out_.watchSilence();
}

void WireEnd::close() {
  if (closed_) return;
  // UNIX sockets too tell a peer whose bytes were thrown away unread.
  if (available() > 0) return reset();
  closed_ = true;
  user_ = nullptr;
  if (wire_.hosts_[index_]->up) {
    out_.end();
  } else {
    out_.drop();
  }
  wire_.closed();
}

void WireEnd::reset() {
  if (closed_) return;
  closed_ = true;
  user_ = nullptr;
  // UNIX sockets know resets only as what becomes of unread bytes.
  const bool tell = !isUnix() || available() > 0;
  in().dropArrived();
  if (!wire_.hosts_[index_]->up) {
    out_.drop();
  } else if (tell) {
    out_.reset();
  } else {
    out_.end();
  }
  wire_.closed();
}

void WireEnd::abandon() {
  if (closed_) return;
  closed_ = true;
  user_ = nullptr;
  in().dropArrived();
  out_.drop();
  wire_.closed();
}

// --- The wire --------------------------------------------------------------------------

Wire::Wire(SimulatedNetwork::Impl& network, std::uint64_t id, SimulatedLink& link,
           SimulatedHost::Impl& client, SimulatedHost::Impl& server, Address clientAddress,
           Address serverAddress)
    : network_(network),
      id_(id),
      link_(link),
      hosts_{&client, &server},
      addresses_{std::move(clientAddress), std::move(serverAddress)},
      client_(*this, 0),
      server_(*this, 1) {
  client_.out_.sendAcknowledgement();
}

Simulation& Wire::simulation() const {
  return network_.simulation;
}

Duration Wire::delay() const {
  return link_.delay(simulation().random);
}

void Wire::trace(Happening what, int end, std::uint64_t size) const {
  simulation().trace(what, hosts_[end]->index, id_, size);
}

bool Wire::joins(const SimulatedHost::Impl& one, const SimulatedHost::Impl& other) const {
  return (hosts_[0] == &one && hosts_[1] == &other) || (hosts_[0] == &other && hosts_[1] == &one);
}

bool Wire::blocked(int from) const {
  return link_.blocked() || !hosts_[1 - from]->up;
}

bool Wire::silent(int from) const {
  return link_.cut || !hosts_[1 - from]->up;
}

void Wire::accept() {
  accepted_ = true;
  trace(Happening::accepted, 1);
  StreamPort* port = hosts_[1]->portAt(addresses_[1]);
  if (port) return port->accept(server_);
  server_.reset();
}

void Wire::answerReset(int sender) {
  simulation().after(delay(), [&network = network_, id = id_, sender] {
    const auto found = network.wires.find(id);
    if (found == network.wires.end()) return;
    Wire& self = *found->second;
    if (self.blocked(1 - sender)) return self.end(sender).out_.watchSilence();
    self.trace(Happening::reset, sender);
    self.breakEnd(sender, std::make_error_code(std::errc::connection_reset));
  });
}

void Wire::breakEnd(int index, std::error_code why) {
  WireEnd& broken = end(index);
  broken.out_.drop();
  if (broken.user_) broken.user_->broken(why);
  if (broken.user_) return;  // it reads what has come, and closes then
  broken.abandon();          // nobody has accepted it yet, or it is closed
  closed();
}

void Wire::breakBoth() {
  const auto why = std::make_error_code(std::errc::connection_reset);
  for (int index : {0, 1}) {
    if (end(index).closed_ || !hosts_[index]->up) continue;
    trace(Happening::reset, index);
    breakEnd(index, why);
  }
}

void Wire::goOn(bool resend) {
  if (link_.blocked()) return;
  for (int from : {0, 1}) {
    if (!hosts_[1 - from]->up) continue;
    end(from).out_.goOn(resend ? simulation().random.upTo(std::chrono::seconds(1))
                               : Duration::zero());
  }
}

void Wire::watchSilence() {
  client_.out_.watchSilence();
  server_.out_.watchSilence();
}

void Wire::hostCrashed(const SimulatedHost::Impl& host) {
  for (int index : {0, 1}) {
    if (hosts_[index] == &host) end(index).abandon();  // nobody had accepted it
  }
  watchSilence();
}

std::string Wire::describe() const {
  return fmt::format("{} - {}: a connection, {} bytes under way", addresses_[0], addresses_[1],
                     bytes());
}

void Wire::closed() {
  // The server's system has never heard of it.
  if (client_.closed_ && client_.out_.dropped() && !accepted_) server_.closed_ = true;
  if (over() && !std::exchange(discarded_, true)) network_.discard(*this);
}

}  // namespace plait::testing::detail
