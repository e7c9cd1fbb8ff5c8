#pragma once

#include <sys/types.h>

#include <plait/net/detail/socket_address.hpp>
#include <string>

namespace plait::detail {

/// The file of a UNIX socket that was bound here. Removed with this object, unless somebody has put
/// another in its place.
class BoundPath {
 public:
  /// None.
  BoundPath() = default;
  /// Binds `socket` to `path`, with the permissions `mode` from the first moment, whatever the
  /// process's umask adds. A name in the abstract name space has no file. `error` is the system's;
  /// InvalidAddressError for what can be no path.
  static BoundPath bind(int socket, const std::string& path, unsigned mode, std::error_code& error);

  BoundPath(BoundPath&& other) noexcept { *this = std::move(other); }
  BoundPath& operator=(BoundPath&& other) noexcept;
  ~BoundPath() { remove(); }

  void remove();

 private:
  std::string path_;  // empty = none
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace plait::detail
