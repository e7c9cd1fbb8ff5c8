#pragma once

#include <optional>
#include <plait/core/layered_transport.hpp>
#include <plait/tls/certificate.hpp>
#include <string>

namespace plait {

/// A connection over TLS: a transport like any other, over a transport that carries the records.
/// What TLS has agreed upon can be asked of it, from `handshakeCompleted` on; it still answers
/// after the loss. Twisted: `TLSMemoryBIOProtocol`, `ITLSTransport`.
///
/// What TLS adds to the rules of transports:
///
/// * `connectionMade` comes before the handshake. What is written until that is done waits for it;
///   data is delivered after it, and a HandshakeListener is told in between. A handshake that takes
///   longer than its context allows is aborted with TLSError.
/// * What is written in one callback leaves in as few records as it takes.
/// * `loseConnection` says close_notify behind the last byte, `loseWriteConnection` says it and
/// goes
///   on reading; neither waits for the peer's. Before the handshake, with nothing written,
///   `loseConnection` just closes.
/// * The peer's close_notify is its end of file. An end of file without it is TLSTruncated: what
///   came before is delivered, what was written is sent, and the connection is lost, also of a
///   HalfCloseableProtocol.
/// * TLS that fails (a certificate refused, bytes that are no records) is TLSError. The peer is
///   sent the alert, if it can still read.
/// * The same reason reaches the transport below, and so `clientConnectionLost`.
class TLSTransport : public LayeredTransport {
 public:
  /// `transport` as the TLSTransport it is; null when it is none.
  static TLSTransport* of(Transport& transport) { return transport.as<TLSTransport>(); }

  /// What the peer has shown and was accepted. Twisted: `getPeerCertificate`.
  virtual std::optional<Certificate> peerCertificate() const = 0;
  /// The protocol both want to speak (ALPN); empty when they did not talk about it.
  virtual std::string negotiatedProtocol() const = 0;
  /// "TLSv1.3".
  virtual std::string version() const = 0;
  /// "TLS_AES_256_GCM_SHA384".
  virtual std::string cipher() const = 0;
  /// An earlier session was resumed; a full handshake was not needed.
  virtual bool sessionReused() const = 0;
  /// The host name the client has asked for (SNI); empty when it has not.
  virtual std::string serverName() const = 0;

 protected:
  using LayeredTransport::LayeredTransport;
};

}  // namespace plait
