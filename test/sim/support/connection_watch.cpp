#include "connection_watch.hpp"

#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/core/stream_transport.hpp>

namespace plait::sim {

ConnectionWatch::Call::Call(ConnectionWatch& watch, const char* what)
    : watch_(watch), outer_(watch.running_) {
  watch.run_.expect(!outer_, "{}: {} came inside of {}", watch.name_, what, outer_ ? outer_ : "");
  watch.running_ = what;
}

ConnectionWatch::Call::~Call() {
  watch_.running_ = outer_;
}

void ConnectionWatch::made(const Transport& transport) {
  run_.expect(!made_, "{}: connectionMade came twice", name_);
  run_.expect(transport.connected(), "{}: connectionMade without a connection", name_);
  made_ = true;
  check(transport);
}

void ConnectionWatch::data(const Transport& transport) {
  run_.expect(made_, "{}: data came before connectionMade", name_);
  run_.expect(!lost_, "{}: data came after connectionLost", name_);
  run_.expect(!transport.disconnecting(), "{}: data came while it is closed", name_);
  const auto* stream = dynamic_cast<const StreamTransport*>(&transport);
  run_.expect(!stream || !stream->pausedByUser(), "{}: data came while it is paused", name_);
  check(transport);
}

void ConnectionWatch::lost(const Transport& transport, const Failure& reason) {
  run_.expect(made_, "{}: connectionLost came before connectionMade", name_);
  run_.expect(!lost_, "{}: connectionLost came twice", name_);
  run_.expect(!transport.connected(), "{}: connectionLost came while it is connected", name_);
  run_.expect(transport.bufferedBytes() == 0, "{}: lost, and {} bytes are buffered", name_,
              transport.bufferedBytes());
  lost_ = true;
  reason_ = reason;
  if (reasons_.empty()) return;
  const bool allowed =
      std::find(reasons_.begin(), reasons_.end(), reason.typeName()) != reasons_.end();
  run_.expect(allowed, "{}: lost with {}: {}", name_, reason.typeName(), reason.getErrorMessage());
}

void ConnectionWatch::check(const Transport& transport) {
  const std::size_t buffered = transport.bufferedBytes();
  run_.expect(buffered <= mostBuffered_, "{}: {} bytes are buffered, {} may be", name_, buffered,
              mostBuffered_);
}

void ConnectionWatch::finish() {
  run_.expect(made_ == lost_, "{}: the connection was not lost in the end", name_);
}

bool ConnectionWatch::endedCleanly() const {
  return reason_ && reason_->check<ConnectionDone>();
}

}  // namespace plait::sim
