#pragma once

#include <sys/types.h>

#include <string>

namespace plait::detail {

/// The file of a UNIX socket that was bound here. It is removed with this object, if there still is
/// that very file at its path.
class UnixSocketFile {
 public:
  UnixSocketFile() = default;
  /// Binds `socket`, of any type, to `path`, which is no abstract name. At no time has the file
  /// more permissions than `mode`. Throws std::system_error.
  UnixSocketFile(int socket, const std::string& path, unsigned mode);
  UnixSocketFile& operator=(UnixSocketFile&& other) noexcept;
  ~UnixSocketFile() { remove(); }

  void remove() noexcept;

  /// Removes the socket that a server left at `path` when it was killed. Throws CannotListenError
  /// when somebody still has it, or it is no socket.
  static void removeStale(const std::string& path);

 private:
  std::string path_;  // absolute, as the working directory may change; empty = no file
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Throws CannotListenError: `path` is in use, by process `holder` (0 = not known).
[[noreturn]] void throwPathInUse(const std::string& path, long holder);

}  // namespace plait::detail
