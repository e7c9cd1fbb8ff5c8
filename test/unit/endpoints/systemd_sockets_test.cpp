#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <plait/endpoints/systemd_sockets.hpp>
#include <stdexcept>

namespace plait {
namespace {

/// Two descriptors next to each other, and an environment.
struct ListenFDsTest : ::testing::Test {
  ListenFDsTest() {
    const int source = open("/dev/null", O_RDWR);
    first = fcntl(source, F_DUPFD, 100);
    EXPECT_EQ(dup2(source, first + 1), first + 1);
    close(source);
    clear();
  }
  ~ListenFDsTest() override {
    clear();
    close(first);
    close(first + 1);
  }

  static void clear() {
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  }
  static void set(const std::string& pid, const char* count, const char* names) {
    setenv("LISTEN_PID", pid.c_str(), 1);
    setenv("LISTEN_FDS", count, 1);
    if (names) setenv("LISTEN_FDNAMES", names, 1);
  }
  /// What the variables say, with our own process ID.
  ListenFDs read(const char* count, const char* names = nullptr) {
    set(std::to_string(getpid()), count, names);
    return ListenFDs::fromEnvironment(first);
  }
  static bool closesOnExec(int descriptor) { return fcntl(descriptor, F_GETFD) & FD_CLOEXEC; }

  int first = -1;
};

TEST_F(ListenFDsTest, FindsThemInTheirOrderAndByName) {
  const ListenFDs found = read("2", "a:b");
  EXPECT_EQ(found.descriptors(), (std::vector<int>{first, first + 1}));
  EXPECT_EQ(found.named("a"), first);
  EXPECT_EQ(found.named("b"), first + 1);
  EXPECT_EQ(found.named("c"), std::nullopt);
}

TEST_F(ListenFDsTest, NeedsNoNames) {
  const ListenFDs found = read("2");
  EXPECT_EQ(found.descriptors().size(), 2u);
  EXPECT_EQ(found.named(""), std::nullopt);
}

TEST_F(ListenFDsTest, TakesTheFirstOfAName) {
  EXPECT_EQ(read("2", "web:web").named("web"), first);
}

TEST_F(ListenFDsTest, AllowsEmptyNames) {
  const ListenFDs found = read("2", ":b");
  EXPECT_EQ(found.named(""), first);
  EXPECT_EQ(found.named("b"), first + 1);
}

TEST_F(ListenFDsTest, CountsFromThree) {
  set(std::to_string(getpid()), "1", nullptr);
  EXPECT_EQ(ListenFDs::fromEnvironment().descriptors(), std::vector<int>{3});
}

TEST_F(ListenFDsTest, ClosesThemInChildren) {
  EXPECT_FALSE(closesOnExec(first + 1));
  read("2");
  EXPECT_TRUE(closesOnExec(first));
  EXPECT_TRUE(closesOnExec(first + 1));
}

TEST_F(ListenFDsTest, TakesTheVariablesAway) {
  read("2", "a:b");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    EXPECT_EQ(std::getenv(name), nullptr) << name;
  }
  EXPECT_TRUE(ListenFDs::fromEnvironment(first).descriptors().empty());
}

TEST_F(ListenFDsTest, TakesNoneThatAreForAnother) {
  EXPECT_TRUE(ListenFDs::fromEnvironment(first).descriptors().empty()) << "there is nothing";
  for (const std::string& pid : {std::to_string(getpid() + 1), std::string(),
                                 std::to_string(getpid()) + "x", std::string("self")}) {
    set(pid, "2", nullptr);
    EXPECT_TRUE(ListenFDs::fromEnvironment(first).descriptors().empty()) << pid;
    EXPECT_STREQ(std::getenv("LISTEN_FDS"), "2") << "it is left to whom it is for";
  }
  EXPECT_FALSE(closesOnExec(first));
}

TEST_F(ListenFDsTest, TakesNoneThatMakeNoSense) {
  for (const char* count : {"", "x", "0", "-1", "2x", " 2", "99999999999999999999", "1000000"}) {
    EXPECT_TRUE(read(count).descriptors().empty()) << count;
  }
}

TEST_F(ListenFDsTest, TakesNoneWithAnotherNumberOfNames) {
  EXPECT_TRUE(read("2", "a").descriptors().empty());
  EXPECT_TRUE(read("2", "a:b:c").descriptors().empty());
  EXPECT_TRUE(read("2", "").descriptors().empty());
}

TEST_F(ListenFDsTest, RefusesToBeMadeWithAnotherNumberOfNames) {
  EXPECT_THROW(ListenFDs({3, 4}, {"a"}), std::invalid_argument);
  EXPECT_EQ(ListenFDs({3, 4}).descriptors().size(), 2u);
}

}  // namespace
}  // namespace plait
