#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <plait/core/errors.hpp>
#include <plait/net/detail/unix_lock.hpp>
#include <plait/net/detail/unix_socket_file.hpp>
#include <string_view>
#include <utility>

namespace plait::detail {

namespace {

/// Times that the file may vanish or change between two looks at it.
constexpr int kMostTries = 100;

/// A lock on a whole file that belongs to the open file, not to the process.
struct flock wholeFile() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// The number that `text` is, up to a line break; 0 when it is none.
long readNumber(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

long readNumber(int descriptor) {
  std::array<char, 32> text;
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? readNumber({text.data(), static_cast<std::size_t>(size)}) : 0;
}

void writeNumber(int descriptor) {
  const std::string text = fmt::format("{}\n", ::getpid());
  // It is there for people to read: the lock holds without it.
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, text.data(), text.size(), 0);
}

/// The live process that a symbolic link, which is Twisted's lock, names; nullopt when there is
/// none, and the link can go.
std::optional<long> holderByLink(const std::string& file) {
  std::array<char, 32> target;
  const ssize_t size = ::readlink(file.c_str(), target.data(), target.size());
  if (size < 0) return std::nullopt;
  const long process = readNumber({target.data(), static_cast<std::size_t>(size)});
  if (process <= 0) return 0;  // not Twisted's, and not ours to remove
  const bool dead = ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
  return dead ? std::nullopt : std::optional(process);
}

/// False when somebody has removed or replaced the file since it was opened.
bool isStillAt(int descriptor, const std::string& file) {
  struct stat opened {};
  struct stat there {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(file.c_str(), &there) == 0 &&
         opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

std::string lockFileOf(const std::string& path) {
  return std::filesystem::absolute(path).string() + ".lock";
}

}  // namespace

UnixLock::UnixLock(const std::string& path) : file_(lockFileOf(path)) {
  const auto fail = [&](int error) {
    const std::error_code code(error, std::system_category());
    CannotListenError failure(toString(UNIXAddress{path}),
                              fmt::format("{}: {}", file_, describe(code)));
    failure.osError = code;
    throw failure;
  };
  for (int tries = 0; tries < kMostTries; ++tries) {
    UniqueDescriptor opened(
        ::open(file_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644));
    if (!opened && errno == ELOOP) {
      if (const auto process = holderByLink(file_)) throwPathInUse(path, *process);
      if (::unlink(file_.c_str()) != 0 && errno != ENOENT) fail(errno);
      continue;
    }
    if (!opened) fail(errno);
    struct flock lock = wholeFile();
    if (::fcntl(opened.get(), F_OFD_SETLK, &lock) != 0) {
      if (errno != EAGAIN && errno != EACCES) fail(errno);
      throwPathInUse(path, readNumber(opened.get()));
    }
    if (!isStillAt(opened.get(), file_)) continue;  // whoever had it has just removed it
    writeNumber(opened.get());
    descriptor_ = std::move(opened);
    return;
  }
  fail(EAGAIN);
}

UnixLock& UnixLock::operator=(UnixLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void UnixLock::release() noexcept {
  if (!descriptor_) return;
  // Removed while it is held, so that nobody can have taken it.
  if (isStillAt(descriptor_.get(), file_)) ::unlink(file_.c_str());
  descriptor_ = UniqueDescriptor();
}

std::optional<long> UnixLock::holder(const std::string& path) {
  const std::string file = lockFileOf(path);
  const UniqueDescriptor opened(
      ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!opened) return errno == ELOOP ? holderByLink(file) : std::nullopt;
  struct flock lock = wholeFile();
  const bool held = ::fcntl(opened.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  return held ? std::optional(readNumber(opened.get())) : std::nullopt;
}

}  // namespace plait::detail
