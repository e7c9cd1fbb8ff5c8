#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait {

/// The listening sockets that systemd, or another that speaks its protocol (sd_listen_fds(3)), has
/// opened for this process. Twisted: `systemd.ListenFDs`.
class ListenFDs {
 public:
  /// None.
  ListenFDs() = default;
  /// These descriptors; each has a name, or there are no names.
  explicit ListenFDs(std::vector<int> descriptors, std::vector<std::string> names = {});

  /// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and takes them out of the environment, so
  /// that no child believes they are meant for it; the descriptors become close-on-exec for the
  /// same reason. Empty, and nothing touched, when they are not there, are meant for another
  /// process, make no sense, or have another number of names than of descriptors. Descriptors count
  /// from `start`.
  ///
  /// Thread: while no other reads or changes the environment.
  static ListenFDs fromEnvironment(int start = 3);
  /// What `fromEnvironment` found when this was first called: for all endpoints of the process.
  static const ListenFDs& inherited();

  const std::vector<int>& descriptors() const { return descriptors_; }
  /// The first one of this name; nullopt when there is none.
  std::optional<int> named(std::string_view name) const;

 private:
  std::vector<int> descriptors_;
  std::vector<std::string> names_;
};

}  // namespace plait
