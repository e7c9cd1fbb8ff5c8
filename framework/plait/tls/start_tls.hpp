#pragma once

#include <plait/core/protocol.hpp>
#include <plait/tls/tls_context.hpp>

namespace plait {

/// Speaks TLS from here on, on a connection that has spoken plain text; whether as the server or
/// the client, `context` knows. Afterwards `protocol.transport()` is a TLSTransport; its producer
/// and whether it is paused have moved along. Twisted: `ITLSTransport.startTLS`.
///
/// May be called from inside a callback, in the middle of a chunk. What was written before leaves
/// first, as plain text. What was received and not handled yet (`Protocol::takeUnread`) is read as
/// TLS: a handshake is not lost, and plain text that somebody has slipped in behind the last
/// command is not taken for what came encrypted; it is TLSError.
///
/// Nothing when the connection is being closed. std::logic_error when there is no connection, or
/// TLS on it already.
///
///     void lineReceived(plait::BytesView line) override {
///       if (line != "STARTTLS") return;
///       sendLine("220 go ahead");
///       plait::startTLS(*this, context);
///     }
void startTLS(Protocol& protocol, std::shared_ptr<TLSContext> context);

}  // namespace plait
