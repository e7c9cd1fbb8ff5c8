#pragma once

#include <sys/types.h>

#include <map>
#include <plait/core/process_options.hpp>
#include <string>
#include <vector>

namespace plait::detail {

/// Starts a child: fork(2), then exec(2). Everything is prepared before the fork, as the child of a
/// program with threads may do system calls only, until it runs another program. What fails there
/// is reported through a pipe, and thrown here.
///
/// Boost.Process (of Boost 1.81) is not used: it knows no users and groups, no pseudo-terminals and
/// no descriptors but the standard three, and allocates in the child.
class ChildLaunch {
 public:
  /// std::invalid_argument for what cannot be passed on.
  ChildLaunch(std::string executable, const ProcessOptions& options);
  ChildLaunch(const ChildLaunch&) = delete;

  /// `ours` becomes the child's descriptor `inChild`. What is given to nobody is closed there.
  void give(int ours, int inChild) { given_[inChild] = ours; }
  /// The child's descriptor 0 is made its controlling terminal, in a session of its own.
  void giveTerminal() { terminal_ = true; }

  /// Returns the child's process ID when the program runs. std::system_error that names what is
  /// wrong.
  pid_t launch();

 private:
  enum class Step { descriptors, terminal, folder, groups, group, user, program };
  struct Report {
    Step step;
    int error;
  };

  void findProgram(const std::string& path);
  void findGroups();
  pid_t forkWithoutSignals(int report);
  std::string describe(Step step) const;

  // In the child.
  [[noreturn]] void runChild(int report);
  void placeDescriptors(int& report);
  void closeOthers();
  void becomeUser(int report);
  [[noreturn]] void runProgram(int report);
  [[noreturn]] static void giveUp(int report, Step step);

  std::string executable_;
  std::string folder_;
  std::optional<uid_t> uid_;
  std::optional<gid_t> gid_;
  std::vector<gid_t> groups_;  // with `uid_`
  std::map<int, int> given_;   // ours by the child's
  bool terminal_ = false;

  std::vector<std::string> candidates_;
  std::vector<std::string> args_;
  std::vector<std::string> env_;
  // What exec takes: pointers into these.
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

}  // namespace plait::detail
