#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <plait/core/errors.hpp>
#include <plait/net/detail/peer_credentials.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <plait/net/detail/unix_socket_file.hpp>

namespace plait::detail {

namespace {

[[noreturn]] void fail() {
  throw std::system_error(errno, std::system_category());
}

/// What connecting to the socket at a path tells.
struct Probe {
  explicit Probe(const std::string& path)
      : socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (!socket) fail();
    const SocketAddress address(UNIXAddress{path});
    error = ::connect(socket.get(), address.data(), address.size()) == 0 ? 0 : errno;
  }

  /// The process that listens; 0 = not known.
  long listener() const {
    const auto credentials = error == 0 ? askPeerCredentials(socket.get()) : std::nullopt;
    return credentials ? static_cast<long>(credentials->processID) : 0;
  }

  UniqueDescriptor socket;
  int error;
};

}  // namespace

UnixSocketFile::UnixSocketFile(int socket, const std::string& path, unsigned mode) {
  // The file is created with the permissions of the socket, less the umask.
  if (::fchmod(socket, mode) != 0) fail();
  const SocketAddress address(UNIXAddress{path});
  if (::bind(socket, address.data(), address.size()) != 0) fail();
  path_ = std::filesystem::absolute(path).string();
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) fail();
  device_ = file.st_dev;
  inode_ = file.st_ino;
  if ((file.st_mode & 0777) != mode && ::chmod(path_.c_str(), mode) != 0) {
    const int error = errno;
    remove();
    errno = error;
    fail();
  }
}

UnixSocketFile& UnixSocketFile::operator=(UnixSocketFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

void UnixSocketFile::remove() noexcept {
  if (path_.empty()) return;
  struct stat file {};
  if (::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

void UnixSocketFile::removeStale(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return;
  if (!S_ISSOCK(file.st_mode)) {
    throw CannotListenError(toString(UNIXAddress{path}), "there is a file that is no socket");
  }
  const Probe probe(path);
  if (probe.error == ENOENT) return;
  if (probe.error != ECONNREFUSED) throwPathInUse(path, probe.listener());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail();
}

void throwPathInUse(const std::string& path, long holder) {
  const auto code = std::make_error_code(std::errc::address_in_use);
  CannotListenError error(
      toString(UNIXAddress{path}),
      holder != 0 ? fmt::format("{} (by process {})", describe(code), holder) : describe(code));
  error.osError = code;
  throw error;
}

}  // namespace plait::detail
