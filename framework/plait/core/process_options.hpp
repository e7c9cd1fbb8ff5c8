#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plait {

/// What a descriptor of a child is.
struct ChildFD {
  enum class Kind {
    read,     ///< a pipe that we read ("r" in Twisted)
    write,    ///< a pipe that we write to ("w")
    inherit,  ///< our descriptor `descriptor`
  };
  Kind kind;
  int descriptor = -1;

  static ChildFD read() { return {Kind::read}; }
  static ChildFD write() { return {Kind::write}; }
  static ChildFD inherit(int descriptor) { return {Kind::inherit, descriptor}; }
};

/// Options of `spawnProcess`.
struct ProcessOptions {
  /// The arguments, the program's name first; empty = the executable alone.
  std::vector<std::string> args = {};
  /// The environment; nullopt = ours. (Twisted: empty unless told.)
  std::optional<std::map<std::string, std::string>> env = std::nullopt;
  /// The working folder; empty = ours. Twisted: `path`.
  std::string cwd = {};
  /// User and group to run as; unset = ours. Needs the rights to change them.
  std::optional<std::uint32_t> uid = std::nullopt;
  std::optional<std::uint32_t> gid = std::nullopt;
  /// Runs it on a pseudo-terminal, which is its standard input, output and error, and its
  /// controlling terminal, in a session of its own. `childFDs` is ignored.
  bool usePTY = false;
  /// Its descriptors; others are closed in it.
  std::map<int, ChildFD> childFDs = {
      {0, ChildFD::write()}, {1, ChildFD::read()}, {2, ChildFD::read()}};
  /// Bytes buffered for the child, see TransportOptions.
  std::size_t writeBufferLimit = 64 * 1024 * 1024;
};

}  // namespace plait
