#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/testing/memory_transport.hpp>

namespace plait::testing {

MemoryTransport::MemoryTransport(ReactorTime& time, Log& log, TransportGroup& group, Address peer,
                                 Address host, const TransportOptions& options)
    : StreamTransport(time, log, group, options), peer_(std::move(peer)), host_(std::move(host)) {}

StreamTransport::SendResult MemoryTransport::send(const OutputBuffer& out) {
  BytesView piece;
  out.gather({&piece, 1});
  SendResult result;
  result.sent = std::min(piece.size(), capacity_ - std::min(capacity_, outgoing_.data.size()));
  result.wouldBlock = waitsForRoom_ = result.sent < piece.size();
  outgoing_.data += piece.substr(0, result.sent);
  return result;
}

void MemoryTransport::close(CloseKind kind) {
  outgoing_.ended = true;
  if (kind == CloseKind::reset) {
    outgoing_.data.clear();
    outgoing_.reset = true;
  }
}

void MemoryTransport::lost(const Failure& reason) {
  if (whenLost_) std::exchange(whenLost_, nullptr)(reason);
}

bool MemoryTransport::haveTurn() {
  if (!std::exchange(turnWanted_, false)) return false;
  try {
    turn();
  } catch (...) {  // there is no memory, say
    Logger(log(), "plait.testing")
        .failure(Failure(), "its turn has failed, the connection is closed");
    failed(Failure());
  }
  return true;
}

/// Takes what came from the other end. Returns whether anything did.
bool MemoryTransport::receive(Pipe& incoming) {
  if (!connected()) {
    if (incoming.data.empty()) return false;
    incoming.data.clear();  // a closed end throws away what still comes
    return true;
  }
  if (incoming.reset) {
    failed(Failure(ConnectionLost(std::make_error_code(std::errc::connection_reset))));
    return true;
  }
  if (!wantsRead()) return false;
  if (!incoming.data.empty()) {
    const Bytes chunk = incoming.data.substr(0, largestChunk_);
    incoming.data.erase(0, chunk.size());
    received(chunk);
    return true;
  }
  if (!incoming.ended) return false;
  receivedEOF();
  return true;
}

MemoryConnection::MemoryConnection(ReactorTime& time, std::shared_ptr<Protocol> server,
                                   std::shared_ptr<Protocol> client)
    : MemoryConnection(time, std::move(server), std::move(client), Options()) {}

MemoryConnection::MemoryConnection(ReactorTime& time, std::shared_ptr<Protocol> server,
                                   std::shared_ptr<Protocol> client, Options options) {
  Log& log = options.log ? *options.log : standardLog();
  server_ = std::make_shared<MemoryTransport>(time, log, group_, options.client, options.server,
                                              options.transport);
  client_ = std::make_shared<MemoryTransport>(time, log, group_, options.server, options.client,
                                              options.transport);
  for (auto& end : {server_, client_}) {
    end->capacity_ = options.pipeCapacity;
    end->largestChunk_ = options.largestChunk;
  }
  server_->start(std::move(server));
  client_->start(std::move(client));
}

MemoryConnection::~MemoryConnection() {
  for (auto& end : {server_, client_}) {
    end->failed(Failure(ConnectionAborted("Connection was aborted: its wire was destroyed.")));
  }
}

bool MemoryConnection::pump() {
  bool happened = false;
  const auto serve = [&](MemoryTransport& end, MemoryTransport& other) {
    happened |= end.haveTurn();
    happened |= end.receive(other.outgoing_);
    if (other.waitsForRoom_ && other.outgoing_.data.size() < other.capacity_) {
      other.waitsForRoom_ = false;
      other.writable();
      happened = true;
    }
  };
  serve(*server_, *client_);
  serve(*client_, *server_);
  return happened;
}

bool MemoryConnection::flush(int rounds) {
  while (pump()) {
    if (--rounds == 0) return false;
  }
  return true;
}

void MemoryConnection::cut() {
  server_->outgoing_.reset = client_->outgoing_.reset = true;
}

void MemoryConnection::onLost(MemoryTransport& end, UniqueFunction<void(const Failure&)> call) {
  end.whenLost_ = std::move(call);
}

bool MemoryConnection::over() const {
  return !server_->connected() && !client_->connected();
}

}  // namespace plait::testing
