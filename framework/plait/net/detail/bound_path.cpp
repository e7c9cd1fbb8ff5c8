#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <plait/net/detail/bound_path.hpp>
#include <system_error>
#include <utility>

namespace plait::detail {

BoundPath BoundPath::bind(int socket, const std::string& path, unsigned mode,
                          std::error_code& error) {
  const SocketAddress address(UNIXAddress{path});
  BoundPath bound;
  const bool abstract = path.front() == '\0';
  // Linux makes the file with the permissions of the socket itself, minus the umask.
  if (!abstract) ::fchmod(socket, mode);
  if (::bind(socket, address.data(), address.size()) != 0) {
    error = std::error_code(errno, std::system_category());
    return bound;
  }
  if (abstract) return bound;
  struct stat file {};
  if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &file) != 0) {
    error = std::error_code(errno, std::system_category());
    ::unlink(path.c_str());
    return bound;
  }
  std::error_code ignored;  // absolute, as the working directory may change
  bound.path_ = std::filesystem::absolute(path, ignored).string();
  if (ignored) bound.path_ = path;
  bound.device_ = file.st_dev;
  bound.inode_ = file.st_ino;
  return bound;
}

BoundPath& BoundPath::operator=(BoundPath&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void BoundPath::remove() {
  const std::string path = std::exchange(path_, {});
  struct stat file {};
  if (path.empty() || ::lstat(path.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path.c_str());
}

}  // namespace plait::detail
