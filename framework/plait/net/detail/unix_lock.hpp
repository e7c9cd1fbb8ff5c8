#pragma once

#include <optional>
#include <plait/net/detail/unique_descriptor.hpp>
#include <string>

namespace plait::detail {

/// The lock of the server that listens at a path: a lock of the system's on the file `PATH.lock`,
/// which also has the number of the process in it. It ends with the process, however that ends. A
/// symbolic link to the number of a live process, as Twisted makes it, is a lock too.
class UnixLock {
 public:
  UnixLock() = default;
  /// Takes the lock. Throws CannotListenError when somebody has it, or it cannot be taken.
  explicit UnixLock(const std::string& path);
  UnixLock(UnixLock&& other) noexcept = default;
  UnixLock& operator=(UnixLock&& other) noexcept;
  ~UnixLock() { release(); }

  /// Removes the file.
  void release() noexcept;

  /// The process that has the lock of `path` (0 = not known); nullopt when none has.
  static std::optional<long> holder(const std::string& path);

 private:
  std::string file_;             // absolute
  UniqueDescriptor descriptor_;  // none: nothing is held
};

}  // namespace plait::detail
