#pragma once

#include <cstdint>
#include <functional>
#include <string>

/// The servers that bench_tls compares. Each listens on a free port of 127.0.0.1, tells it to
/// `ready`, and serves until it is killed. Both answer with what they are sent, cut into writes of
/// `pieceSize` bytes; 0 = as it came.
struct ServerOptions {
  std::string certificateAndKey;  ///< PEM
  std::size_t pieceSize = 0;
  std::function<void(std::uint16_t port)> ready = {};
};

/// On plait's TLSTransport.
void servePlait(const ServerOptions& options);
/// On asio::ssl::stream, as a careful user of Asio writes it: one read outstanding, the answer as
/// one gather write.
void serveAsio(const ServerOptions& options);
