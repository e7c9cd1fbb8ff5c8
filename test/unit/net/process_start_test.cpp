#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/process_test.hpp"
#include "support/raw_pipe.hpp"
#include "support/temporary_directory.hpp"

namespace plait::testing {
namespace {

/// How processes are started, and what is said when they cannot be.
class ProcessStart : public ProcessTest {
 protected:
  /// What spawnProcess says is wrong.
  std::string refusal(const std::string& executable, ProcessOptions options = {}) {
    try {
      spawn(executable, std::move(options));
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "nothing";
  }
};

// --- What is run -----------------------------------------------------------------------

TEST_F(ProcessStart, FindsTheProgramAlongThePath) {
  EXPECT_NO_THROW(runUntilEnded(spawn("cat", {.args = {"cat", "/dev/null"}})));
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("plait-{}", ::getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "greet") << "#!/bin/sh\necho hello from $0\n";
  EXPECT_EQ(refusal("greet", {.env = {{{"PATH", folder.string()}}}}),
            "cannot run greet: Permission denied");
  std::filesystem::permissions(folder / "greet", std::filesystem::perms::owner_all);
  const auto child = spawn("greet", {.env = {{{"PATH", "/nowhere::" + folder.string()}}}});
  runUntilEnded(child);
  EXPECT_EQ(child->out, fmt::format("hello from {}/greet\n", folder.string()));
  std::filesystem::remove_all(folder);
}

TEST_F(ProcessStart, PassesArguments) {
  const auto child =
      spawn("/bin/sh", {.args = {"named", "-c", "echo $0 $# \"$2\"", "zero", "a", "b  c"}});
  runUntilEnded(child);
  EXPECT_EQ(child->out, "zero 2 b  c\n");
}

TEST_F(ProcessStart, PassesOurEnvironmentOrTheOneGiven) {
  ::setenv("PLAIT_TEST", "ours", 1);
  EXPECT_EQ(run("echo $PLAIT_TEST")->out, "ours\n");
  EXPECT_EQ(run("echo $PLAIT_TEST $OTHER", {.env = {{{"OTHER", "theirs"}}}})->out, "theirs\n");
  ::unsetenv("PLAIT_TEST");
}

TEST_F(ProcessStart, TakesPlaceInTheFolderAskedFor) {
  EXPECT_EQ(run("pwd", {.cwd = "/usr"})->out, "/usr\n");
}

TEST_F(ProcessStart, PassesNoDescriptorsButThoseGiven) {
  const RawPipe inheritable;
  ::fcntl(inheritable.out.get(), F_SETFD, 0);
  ::fcntl(inheritable.in.get(), F_SETFD, 0);
  const auto child = run("ls /proc/self/fd | tr '\\n' ' '");
  EXPECT_EQ(child->out, "0 1 2 3 ");  // 3 is ls's own
}

TEST_F(ProcessStart, PassesSignalsAsUsual) {
  sigset_t usr1;
  sigset_t before;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &before);
  const auto old = std::signal(SIGPIPE, SIG_IGN);
  const auto child = run("grep -E '^Sig(Blk|Ign)' /proc/self/status");
  std::signal(SIGPIPE, old);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(child->out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  EXPECT_TRUE(sigismember(&after, SIGUSR1)) << "ours was changed";
}

// --- What is wrong with it -------------------------------------------------------------

TEST_F(ProcessStart, ThrowsForWhatCannotBeRun) {
  EXPECT_EQ(refusal("/no/such"), "cannot run /no/such: No such file or directory");
  EXPECT_EQ(refusal("no-such-program"), "cannot run no-such-program: No such file or directory");
  EXPECT_EQ(refusal("/etc/passwd"), "cannot run /etc/passwd: Permission denied");
  EXPECT_EQ(refusal("/bin/true", {.cwd = "/no/such"}),
            "cannot run /bin/true in /no/such: No such file or directory");
  EXPECT_EQ(refusal("/bin/true", {.childFDs = {{0, ChildFD::inherit(1000)}}}),
            "descriptor 1000, for the child's 0: Bad file descriptor");
  EXPECT_FALSE(hasChildren());
}

TEST_F(ProcessStart, LooksNoFurtherThanWhatIsNoProgram) {
  const TemporaryDirectory folder;
  const std::string path = folder / "true";
  std::ofstream(path) << "no program\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const std::string folderOfIt = std::filesystem::path(path).parent_path();
  EXPECT_EQ(refusal("true", {.env = {{{"PATH", folderOfIt + ":/bin"}}}}),
            "cannot run true: Exec format error");
}

TEST_F(ProcessStart, ThrowsForWhatCannotBeMeant) {
  EXPECT_THROW(spawn(""), std::invalid_argument);
  EXPECT_THROW(spawn(std::string("a\0b", 3)), std::invalid_argument);
  EXPECT_THROW(spawn("true", {.args = {std::string("a\0b", 3)}}), std::invalid_argument);
  EXPECT_THROW(spawn("true", {.env = {{{"A=B", "c"}}}}), std::invalid_argument);
  EXPECT_THROW(spawn("true", {.childFDs = {{-1, ChildFD::read()}}}), std::invalid_argument);
  EXPECT_THROW(reactor.spawnProcess(nullptr, "true"), std::invalid_argument);
}

TEST_F(ProcessStart, TakesPlaceAsAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may become another user";
  EXPECT_EQ(run("id -u; id -g; id -G", {.uid = 65534, .gid = 65533})->out, "65534\n65533\n65533\n");
  EXPECT_EQ(run("id -u; id -g; id -G", {.uid = 12345, .gid = 54321})->out, "12345\n54321\n54321\n");
}

TEST_F(ProcessStart, ThrowsWhenItMayNotBecomeAnotherUser) {
  if (::geteuid() == 0) {  // in a child that has given up its rights
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
      Reactor own(kNoSignals);
      try {
        own.spawnProcess(std::make_shared<ProcessProtocol>(), "/bin/true", {.uid = 1});
      } catch (const std::system_error& error) {
        const std::string_view said = error.what();
        ::_exit(said == "cannot run /bin/true as user 1: Operation not permitted" ? 0 : 1);
      }
      ::_exit(3);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  } else {
    EXPECT_EQ(refusal("/bin/true", {.uid = 0}),
              "cannot run /bin/true as user 0: Operation not permitted");
    EXPECT_EQ(refusal("/bin/true", {.gid = 0}),
              "cannot run /bin/true as group 0: Operation not permitted");
  }
}

TEST_F(ProcessStart, IsRefusedWhileTheReactorStops) {
  std::string said;
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown",
                                [&] { said = refusal("/bin/true"); });
  reactor.stop();
  runUntil([&] { return !said.empty(); });
  EXPECT_EQ(said, "cannot run /bin/true: the reactor is stopping: Operation canceled");
}

}  // namespace
}  // namespace plait::testing
