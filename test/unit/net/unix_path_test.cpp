#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "support/unix_test.hpp"

namespace plait::testing {
namespace {

namespace fs = std::filesystem;

/// Who has a path, when somebody wants to listen there.
class UNIXPath : public UNIXListenTest {};

// --- What is there already -------------------------------------------------------------

TEST_F(UNIXPath, OfAKilledServerIsTakenOver) {
  inAChildThatDies([&] { (new Reactor(kNoSignals))->listenUNIX(path, server); });
  EXPECT_TRUE(fs::is_socket(path));
  EXPECT_TRUE(fs::exists(lockFile));
  auto port = listenAt(server);
  EXPECT_TRUE(serves());
  port->stopListening();
  EXPECT_TRUE(directory.empty());
}

TEST_F(UNIXPath, OfAKilledServerWithoutALockIsTakenOver) {
  { RawListener killed(address); }
  EXPECT_TRUE(fs::is_socket(path));
  auto port = listenAt(server);
  EXPECT_TRUE(serves());
}

TEST_F(UNIXPath, OfALiveServerIsRefusedSayingWhoHasIt) {
  auto other = ScriptedFactory::make();
  auto port = listenAt(other);
  EXPECT_EQ(refusal(),
            fmt::format("cannot listen on unix:{}: Address already in use (by process {})", path,
                        getpid()));
  EXPECT_TRUE(inUse);
  RawPeer peer(address);  // which is served as before
  EXPECT_TRUE(runUntil([&] { return other->connected(); }));
}

TEST_F(UNIXPath, OfALiveServerWithoutALockIsRefused) {
  RawListener other(address);
  EXPECT_EQ(refusal(),
            fmt::format("cannot listen on unix:{}: Address already in use (by process {})", path,
                        getpid()));
  EXPECT_TRUE(inUse);
  EXPECT_FALSE(fs::exists(lockFile));
  RawPeer peer(address);
}

TEST_F(UNIXPath, OfALiveServerWhoseQueueIsFullIsRefused) {
  RawListener other(address, 0);
  RawPeer waiting(address);
  EXPECT_EQ(refusal(), fmt::format("cannot listen on unix:{}: Address already in use", path));
  EXPECT_TRUE(fs::is_socket(path));
}

TEST_F(UNIXPath, OfALiveDatagramSocketIsRefused) {
  const int datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(name.sun_path, sizeof name.sun_path);
  ASSERT_EQ(bind(datagrams, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  EXPECT_EQ(refusal(), fmt::format("cannot listen on unix:{}: Address already in use", path));
  close(datagrams);
}

TEST_F(UNIXPath, WithAFileThatIsNoSocketIsRefusedAndTheFileKept) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(refusal(),
            fmt::format("cannot listen on unix:{}: there is a file that is no socket", path));
  EXPECT_EQ(fs::file_size(path), 8u);
  EXPECT_FALSE(fs::exists(lockFile));
}

TEST_F(UNIXPath, IsLeftToASocketThatHasTakenItsPlace) {
  auto port = listenAt(server);
  fs::remove(path);
  RawListener other(address);
  port->stopListening();
  RawPeer peer(address);
  EXPECT_TRUE(other.pending());
}

TEST_F(UNIXPath, MayLoseItsFilesMeanwhile) {
  auto port = listenAt(server);
  fs::remove(path);
  fs::remove(lockFile);
  port->stopListening();
  EXPECT_TRUE(directory.empty());
}

// --- The lock --------------------------------------------------------------------------

TEST_F(UNIXPath, WithoutALockAnySocketThatIsThereIsAnError) {
  { RawListener killed(address); }
  EXPECT_EQ(refusal({.lockFile = false}),
            fmt::format("cannot listen on unix:{}: Address already in use", path));
  EXPECT_TRUE(inUse);
  EXPECT_TRUE(fs::is_socket(path));
}

TEST_F(UNIXPath, WithoutALockHasNoLockFile) {
  auto port = listenAt(server, {.lockFile = false});
  EXPECT_FALSE(fs::exists(lockFile));
  EXPECT_TRUE(serves());
  port->stopListening();
  EXPECT_TRUE(directory.empty());
}

TEST_F(UNIXPath, LockedByALiveTwistedServerIsRefused) {
  fs::create_symlink(std::to_string(getpid()), lockFile);
  EXPECT_EQ(refusal(),
            fmt::format("cannot listen on unix:{}: Address already in use (by process {})", path,
                        getpid()));
  EXPECT_TRUE(fs::is_symlink(lockFile));
}

TEST_F(UNIXPath, LockedByADeadTwistedServerIsTakenOver) {
  { RawListener killed(address); }
  fs::create_symlink(std::to_string(inAChildThatDies([] {})), lockFile);
  auto port = listenAt(server);
  EXPECT_TRUE(serves());
  port->stopListening();
  EXPECT_TRUE(directory.empty());
}

TEST_F(UNIXPath, WhoseLockFileIsALinkIsRefusedAndTheLinkNotFollowed) {
  const std::string target = directory / "precious";
  std::ofstream(target) << "precious";
  fs::create_symlink(target, lockFile);
  EXPECT_EQ(refusal(), fmt::format("cannot listen on unix:{}: Address already in use", path));
  EXPECT_EQ(fs::file_size(target), 8u);
  EXPECT_TRUE(fs::is_symlink(lockFile));
}

}  // namespace
}  // namespace plait::testing
