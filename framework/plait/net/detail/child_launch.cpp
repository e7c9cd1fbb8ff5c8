#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <plait/net/detail/child_launch.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <stdexcept>
#include <system_error>

namespace plait::detail {

namespace {

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

/// What has a null character in it would be cut there.
const std::string& checked(const std::string& text, const char* what) {
  if (text.find('\0') != text.npos) {
    throw std::invalid_argument(fmt::format("spawnProcess: {} with a null character", what));
  }
  return text;
}

std::vector<std::string> environment(const ProcessOptions& options) {
  std::vector<std::string> all;
  if (!options.env) {
    for (char** each = environ; each && *each; ++each) all.emplace_back(*each);
    return all;
  }
  for (const auto& [name, value] : *options.env) {
    if (name.empty() || name.find('=') != name.npos) {
      throw std::invalid_argument(
          fmt::format("spawnProcess: '{}' is no name of an environment variable", name));
    }
    all.push_back(checked(name, "an environment variable") + "=" +
                  checked(value, "an environment variable"));
  }
  return all;
}

std::string searchPath(const ProcessOptions& options) {
  if (options.env && options.env->contains("PATH")) return options.env->at("PATH");
  const char* path = ::getenv("PATH");
  return path ? path : kDefaultPath;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& string : strings) all.push_back(string.data());
  all.push_back(nullptr);
  return all;
}

/// Nothing of ours that handles a signal must run in the child, and what we ignore (SIGPIPE, say)
/// is nothing that other programs expect to find ignored.
void resetSignals() {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void closeOnExec(int descriptor) {
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/// Those from `first` to `last` are closed when the program starts.
void closeRangeOnExec(unsigned first, unsigned last) {
  if (first > last) return;
#ifdef SYS_close_range
  constexpr unsigned kCloseOnExec = 1U << 2;
  if (::syscall(SYS_close_range, first, last, kCloseOnExec) == 0) return;
#endif
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (unsigned each = first; each <= last && each < limit.rlim_cur; ++each) {
    closeOnExec(static_cast<int>(each));
  }
}

}  // namespace

ChildLaunch::ChildLaunch(std::string executable, const ProcessOptions& options)
    : executable_(checked(executable, "an executable")),
      folder_(checked(options.cwd, "a folder")),
      uid_(options.uid),
      gid_(options.gid),
      args_(options.args),
      env_(environment(options)) {
  if (executable_.empty()) throw std::invalid_argument("spawnProcess: there is no executable");
  for (const std::string& arg : args_) checked(arg, "an argument");
  if (args_.empty()) args_.push_back(executable_);
  findProgram(searchPath(options));
  findGroups();
  argv_ = pointers(args_);
  envp_ = pointers(env_);
}

void ChildLaunch::findProgram(const std::string& path) {
  if (executable_.find('/') != executable_.npos) {
    candidates_ = {executable_};
    return;
  }
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = path.substr(begin, end - begin);
    candidates_.push_back((folder.empty() ? "." : folder) + "/" + executable_);
    begin = end + 1;
  }
}

/// A user is in groups. Ours are none of the child's when it is another user's.
void ChildLaunch::findGroups() {
  if (!uid_ || ::geteuid() != 0) return;
  const gid_t group = gid_.value_or(::getegid());
  groups_ = {group};
  passwd user;
  passwd* found = nullptr;
  std::vector<char> memory(16 * 1024);
  if (::getpwuid_r(*uid_, &user, memory.data(), memory.size(), &found) != 0 || !found) return;
  int count = 64;
  groups_.resize(64);
  if (::getgrouplist(user.pw_name, group, groups_.data(), &count) < 0) {
    groups_.resize(static_cast<std::size_t>(count));
    ::getgrouplist(user.pw_name, group, groups_.data(), &count);
  }
  groups_.resize(static_cast<std::size_t>(count));
}

pid_t ChildLaunch::launch() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot make a pipe");
  }
  const UniqueDescriptor read(ends[0]);
  UniqueDescriptor write(ends[1]);
  const pid_t pid = forkWithoutSignals(write.get());
  write = UniqueDescriptor();

  Report report{};
  ssize_t size = 0;
  do {
    size = ::read(read.get(), &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  if (size == 0) return pid;    // it was closed by the exec
  if (size != sizeof report) {  // what has become of it cannot be known
    report = {Step::program, errno};
    ::kill(pid, SIGKILL);
  }
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  throw std::system_error(report.error, std::system_category(), describe(report.step));
}

pid_t ChildLaunch::forkWithoutSignals(int report) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) runChild(report);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    throw std::system_error(error, std::system_category(),
                            fmt::format("cannot run {}", executable_));
  }
  return pid;
}

std::string ChildLaunch::describe(Step step) const {
  switch (step) {
    case Step::descriptors:
      return fmt::format("cannot give {} its descriptors", executable_);
    case Step::terminal:
      return fmt::format("cannot give {} a terminal", executable_);
    case Step::folder:
      return fmt::format("cannot run {} in {}", executable_, folder_);
    case Step::groups:
      return fmt::format("cannot run {} with the groups of user {}", executable_, *uid_);
    case Step::group:
      return fmt::format("cannot run {} as group {}", executable_, *gid_);
    case Step::user:
      return fmt::format("cannot run {} as user {}", executable_, *uid_);
    case Step::program:
      break;
  }
  return fmt::format("cannot run {}", executable_);
}

// --- In the child: system calls only ---------------------------------------------------

void ChildLaunch::runChild(int report) {
  resetSignals();
  placeDescriptors(report);
  if (terminal_ && (::setsid() < 0 || ::ioctl(0, TIOCSCTTY, 0) < 0)) {
    giveUp(report, Step::terminal);
  }
  if (!folder_.empty() && ::chdir(folder_.c_str()) != 0) giveUp(report, Step::folder);
  becomeUser(report);
  runProgram(report);
}

/// First all are moved out of the way, as one's old place may be another's new one.
void ChildLaunch::placeDescriptors(int& report) {
  const int above = given_.empty() ? 0 : given_.rbegin()->first + 1;
  const int moved = ::fcntl(report, F_DUPFD_CLOEXEC, above);
  if (moved < 0) giveUp(report, Step::descriptors);
  report = moved;
  for (auto& [inChild, ours] : given_) {
    ours = ::fcntl(ours, F_DUPFD_CLOEXEC, above);
    if (ours < 0) giveUp(report, Step::descriptors);
  }
  for (const auto& [inChild, ours] : given_) {
    if (::dup2(ours, inChild) < 0) giveUp(report, Step::descriptors);
  }
  closeOthers();
}

void ChildLaunch::closeOthers() {
  unsigned first = 0;
  for (const auto& [inChild, ours] : given_) {
    const auto kept = static_cast<unsigned>(inChild);
    if (kept > first) closeRangeOnExec(first, kept - 1);
    first = kept + 1;
  }
  closeRangeOnExec(first, ~0U);
}

void ChildLaunch::becomeUser(int report) {
  if (!groups_.empty() && ::setgroups(groups_.size(), groups_.data()) != 0) {
    giveUp(report, Step::groups);
  }
  if (gid_ && ::setgid(*gid_) != 0) giveUp(report, Step::group);
  if (uid_ && ::setuid(*uid_) != 0) giveUp(report, Step::user);
}

/// Along the path, one that may not be run is worth more as an error than one that is not there.
void ChildLaunch::runProgram(int report) {
  int error = ENOENT;
  for (const std::string& candidate : candidates_) {
    ::execve(candidate.c_str(), argv_.data(), envp_.data());
    if (errno == EACCES) {
      error = errno;
    } else if (errno != ENOENT && errno != ENOTDIR) {
      error = errno;
      break;
    }
  }
  errno = error;
  giveUp(report, Step::program);
}

void ChildLaunch::giveUp(int report, Step step) {
  const Report what{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(report, &what, sizeof what);
  ::_exit(127);
}

}  // namespace plait::detail
