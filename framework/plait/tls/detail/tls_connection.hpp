#pragma once

#include <plait/tls/detail/tls_wire.hpp>
#include <plait/tls/detail/transport_bio.hpp>
#include <plait/tls/tls_transport.hpp>

namespace plait::detail {

/// The layer that is a session of OpenSSL; the lower transport carries its records.
///
///        protocol  ──write──▶  OutputBuffer  ──send──▶  SSL_write  ──TransportBio──▶  lower
///        protocol  ◀─received─  Scratch  ◀──────────────  SSL_read  ◀──────feed──────  TLSWire
class TLSConnection final : public TLSTransport {
 public:
  TLSConnection(Transport& lower, std::shared_ptr<TLSWire> wire,
                std::shared_ptr<TLSContext> context, SslHandle session);

  void begin(std::shared_ptr<Protocol> protocol) override;
  void takeOver(std::shared_ptr<Protocol> protocol, RegisteredProducer producer, bool paused);

  // --- What the lower transport tells ------------------------------------------------------------

  void feed(BytesView records) override;
  void endOfFile() override;
  void lowerDrained() override;
  void haveTurn() override;

  // --- TLSTransport ------------------------------------------------------------------------------

  std::optional<Certificate> peerCertificate() const override;
  std::string negotiatedProtocol() const override;
  std::string version() const override;
  std::string cipher() const override;
  bool sessionReused() const override;
  std::string serverName() const override;

 private:
  SendResult send(const OutputBuffer& out) override;
  std::optional<Failure> endSending() override;
  void readingChanged() override;
  void closeWriteSide() override {}  // endSending has done it
  void close(CloseKind kind) override;
  void lost(const Failure& reason) override;

  void startHandshake();
  void handshakeTookTooLong();
  bool shake();
  void handshakeDone();
  void work(BytesView records);
  void deliverRecords();
  std::size_t decrypt(char* to, std::size_t room);
  bool wantsMore(int result);
  bool holdsInput() const { return !held_.empty() || holdsEnd_; }
  void truncated();
  void fail(Failure reason);

  std::shared_ptr<TLSContext> context_;  // the session may refer to it
  SslHandle ssl_;
  TransportBio bio_;
  Bytes held_;  // records that came behind one whose receiver has paused
  DelayedCall deadline_;
  std::optional<Failure> failure_;  // found where the connection cannot be ended at once
  bool handshaken_ : 1 = false;
  bool firstByteSeen_ : 1 = false;
  bool peerEnded_ : 1 = false;           // its close_notify was read
  bool holdsEnd_ : 1 = false;            // that or a failure is told when it is read again
  bool endsAfterHandshake_ : 1 = false;  // close_notify is due
  bool failed_ : 1 = false;              // TLS itself: there may be an alert to deliver
};

}  // namespace plait::detail
