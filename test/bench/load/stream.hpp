#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace bench {

/// Bytes over a connected socket, which it does not own: as they are, or as TLS.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Returns how many bytes were taken; 0 = none for now. Throws std::runtime_error for errors.
  virtual std::size_t send(std::string_view bytes) = 0;

  struct Received {
    std::size_t size = 0;  ///< 0 = nothing for now, unless
    bool ended = false;    ///< the server has closed
  };
  /// Throws as send does.
  virtual Received receive(std::span<char> buffer) = 0;

  /// True when `receive` has more to give though the socket may be silent.
  virtual bool pending() const { return false; }
};

std::unique_ptr<Stream> plainStream(int fd);

/// Shakes hands as a client, waiting for it, on a blocking socket; trusts everybody. Throws
/// std::runtime_error, also in a build without OpenSSL.
std::unique_ptr<Stream> tlsStream(int fd);

}  // namespace bench
