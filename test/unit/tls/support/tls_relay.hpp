#pragma once

#include "../../core/scripted_medium.hpp"
#include "tls_end.hpp"

namespace plait::testing {

/// A server and a client that speak TLS over scripted media, with a test between them that sees
/// every send, and may keep, cut or change what was sent.
struct TLSRelay {
  explicit TLSRelay(const TransportOptions& options = {})
      : serverMedium(std::make_shared<ScriptedMedium>(clock, log.log, group, journal, options)),
        clientMedium(std::make_shared<ScriptedMedium>(clock, log.log, group, journal, options)) {}
  ~TLSRelay() {
    for (const auto& medium : {serverMedium, clientMedium}) {  // which hold their protocols
      medium->abortConnection();
      medium->run();
    }
  }

  void connect() {
    serverMedium->connect(overTLS(serverContext, server));
    clientMedium->connect(overTLS(clientContext, client));
  }
  void connectAndShake() {
    connect();
    exchange();
    forget();
  }
  /// Carries what was sent to the other end, until nothing is sent any more.
  void exchange() {
    while (!serverMedium->sent.empty() || !clientMedium->sent.empty()) {
      serverMedium->give(takeSent(*clientMedium));
      clientMedium->give(takeSent(*serverMedium));
    }
  }
  static Bytes takeSent(ScriptedMedium& medium) { return std::exchange(medium.sent, {}); }
  void forget() {
    serverMedium->sends.clear();
    clientMedium->sends.clear();
    notes.clear();
    journal.clear();
  }

  Clock clock;
  RecordedLog log{LogLevel::warn};
  TransportGroup group;
  Journal journal;  // of both media
  Notes notes;
  std::shared_ptr<TLSEnd> server = std::make_shared<TLSEnd>("server", notes);
  std::shared_ptr<TLSEnd> client = std::make_shared<TLSEnd>("client", notes);
  std::shared_ptr<TLSContext> serverContext = testServerTLS();
  std::shared_ptr<TLSContext> clientContext = testClientTLS();
  std::shared_ptr<ScriptedMedium> serverMedium, clientMedium;
};

/// The sizes of the records in `bytes`, without their heads; a last one of -1 when they end inside
/// of one.
inline std::vector<int> records(BytesView bytes) {
  std::vector<int> sizes;
  while (!bytes.empty()) {
    if (bytes.size() < 5) return sizes.push_back(-1), sizes;
    const int size =
        (static_cast<unsigned char>(bytes[3]) << 8) | static_cast<unsigned char>(bytes[4]);
    if (bytes.size() < static_cast<std::size_t>(size) + 5) return sizes.push_back(-1), sizes;
    sizes.push_back(size);
    bytes.remove_prefix(static_cast<std::size_t>(size) + 5);
  }
  return sizes;
}

}  // namespace plait::testing
