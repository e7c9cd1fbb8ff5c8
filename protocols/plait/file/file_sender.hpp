#pragma once

#include <istream>
#include <memory>
#include <plait/core/transport.hpp>
#include <plait/core/unique_function.hpp>
#include <plait/deferred/deferred.hpp>

namespace plait {

struct FileSenderOptions {
  /// Bytes read at a time, and so the memory a transfer takes. Twisted: `CHUNK_SIZE`.
  std::size_t chunkSize = 64 * 1024;
  /// Changes each chunk before it is sent; null leaves it as it is.
  UniqueFunction<Bytes(Bytes chunk)> transform = {};
};

/// Sends a file, a chunk at a time, each when the one before it has left: the peer's speed is the
/// speed of reading. Twisted: `FileSender`.
///
///     plait::FileSender()
///         .beginFileTransfer(std::make_unique<std::ifstream>(path, std::ios::binary), transport())
///         .addBoth([this] { transport().loseConnection(); });
///
/// The file is read on the reactor's thread: meant for local files, not for a slow device. It uses
/// no sendfile(2): that took about the same processor time, see test/bench/README.md.
///
/// A peer that closes its sending half ends the transfer, unless the protocol is a
/// HalfCloseableProtocol.
///
/// Thread: the transport's reactor's.
class FileSender {
 public:
  explicit FileSender(FileSenderOptions options = {}) : options_(std::move(options)) {}

  /// Begins; the FileSender is used up, and may go. Fires with the number of bytes read when the
  /// last of them has been written to the transport.
  ///
  /// Fails with ConnectionLost when the connection ends before, with std::ios_base::failure when
  /// reading fails, with what `transform` throws, and with std::logic_error when the transport has
  /// a producer already. Cancelling stops it between two chunks; the connection stays open.
  Deferred<std::uint64_t> beginFileTransfer(std::unique_ptr<std::istream> file,
                                            Transport& transport);

 private:
  FileSenderOptions options_;
};

}  // namespace plait
