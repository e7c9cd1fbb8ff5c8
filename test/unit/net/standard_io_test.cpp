#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include <filesystem>
#include <plait/net/detail/pseudo_terminal.hpp>

#include "support/net_test.hpp"
#include "support/raw_pipe.hpp"

namespace plait::testing {
namespace {

UniqueDescriptor openFile(const std::string& path, int flags) {
  return UniqueDescriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

/// A file that has no name any more.
RawEnd temporaryFile(BytesView content) {
  auto name = (std::filesystem::temp_directory_path() / "plait-XXXXXX").string();
  RawEnd file(UniqueDescriptor(::mkostemp(name.data(), O_CLOEXEC)));
  ::unlink(name.c_str());
  EXPECT_EQ(::pwrite(file.get(), content.data(), content.size(), 0), ssize_t(content.size()));
  return file;
}

Bytes contentOf(const RawEnd& file) {
  struct stat status {};
  ::fstat(file.get(), &status);
  Bytes content(static_cast<std::size_t>(status.st_size), '\0');
  EXPECT_EQ(::pread(file.get(), content.data(), content.size(), 0), ssize_t(content.size()));
  return content;
}

/// What can be standard input and output: every kind of them.
class StandardIO : public NetTest {
 protected:
  void open(int input, int output) {
    reactor.standardIO(protocols->makeProtocol({}), {.input = input, .output = output});
  }
  Connection& connection() { return protocols->last(); }
  Transport& transport() { return *connection().transport; }
  bool runUntilLost() {
    return runUntil([&] { return connection().lost == 1; });
  }
  void echo() {
    protocols->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  }
  std::errc error() {
    const auto* lost = connection().reason->check<ConnectionLost>();
    return lost ? std::errc(lost->osError.value()) : std::errc();
  }

  RawPipe there;
  RawPipe back;
  UniqueDescriptor null = openFile("/dev/null", O_RDWR);
  std::shared_ptr<ScriptedFactory> protocols = ScriptedFactory::make();
};

TEST_F(StandardIO, FromAFileToAFile) {
  const Bytes data = pattern(5 * kMegabyte);
  const RawEnd source = temporaryFile(data);
  const RawEnd target = temporaryFile("");
  echo();
  open(source.get(), target.get());
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
  EXPECT_TRUE(contentOf(target) == data);
}

TEST_F(StandardIO, GoesOnInAFileWhereTheProgramIs) {
  const RawEnd source = temporaryFile("skipped, read");
  const RawEnd target = temporaryFile("there before; ");
  ::lseek(source.get(), 9, SEEK_SET);
  ::lseek(target.get(), 0, SEEK_END);
  echo();
  open(source.get(), target.get());
  runUntilLost();
  EXPECT_EQ(contentOf(target), "there before; read");
}

TEST_F(StandardIO, AFileLetsOthersHaveTheirTurn) {
  const RawEnd source = temporaryFile(pattern(5 * kMegabyte));
  open(source.get(), null.get());
  bool called = false;
  reactor.callLater(0s, [&] {
    called = true;
    EXPECT_LT(connection().received.size(), 5 * kMegabyte);
  });
  runUntilLost();
  EXPECT_TRUE(called);
}

TEST_F(StandardIO, DevNullIsAnEmptyInputAndTakesAllOutput) {
  protocols->script.made = [](Connection& c) { c.transport->write(pattern(5 * kMegabyte)); };
  open(null.get(), null.get());
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
  EXPECT_EQ(connection().received, "");
}

TEST_F(StandardIO, AFullDeviceLosesItWithTheSystemsReason) {
  const auto full = openFile("/dev/full", O_WRONLY);
  open(there.out.get(), full.get());
  transport().write("too much");
  runUntilLost();
  EXPECT_EQ(error(), std::errc::no_space_on_device);
  EXPECT_THAT(connection().reason->getErrorMessage(), HasSubstr("No space left on device"));
}

TEST_F(StandardIO, AFolderIsNoInput) {
  const auto folder = openFile("/", O_RDONLY | O_DIRECTORY);
  open(folder.get(), null.get());
  runUntilLost();
  EXPECT_EQ(error(), std::errc::is_a_directory);
}

TEST_F(StandardIO, ThrowsForWhatIsNotOpen) {
  there.out.close();
  const int closed = 1000;
  const auto protocol = protocols->makeProtocol({});
  for (const auto& [input, output] :
       {std::pair(closed, back.in.get()), std::pair(null.get(), closed)}) {
    try {
      reactor.standardIO(protocol, {.input = input, .output = output});
      FAIL() << "no error";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::bad_file_descriptor);
      EXPECT_THAT(error.what(), HasSubstr("descriptor 1000"));
    }
  }
  EXPECT_EQ(connection().made, 0);
}

TEST_F(StandardIO, ThrowsForTheWrongDirection) {
  const auto protocol = protocols->makeProtocol({});
  EXPECT_THROW(reactor.standardIO(protocol, {.input = back.in.get(), .output = null.get()}),
               std::system_error);
  EXPECT_THROW(reactor.standardIO(protocol, {.input = null.get(), .output = there.out.get()}),
               std::system_error);
  EXPECT_THROW(reactor.standardIO(nullptr, {}), std::invalid_argument);
}

TEST_F(StandardIO, LeavesWhatItWasGivenOpenAndBlocking) {
  const plait::detail::PseudoTerminal pty;
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const UniqueDescriptor ours(sockets[0]);
  const UniqueDescriptor theirs(sockets[1]);
  const RawEnd file = temporaryFile("");
  for (const int each : {ours.get(), pty.terminal.get(), pty.master.get(), file.get()}) {
    open(each, each);
    transport().write("x");
    runWhatIsReady();
    EXPECT_FALSE(fileFlags(each) & O_NONBLOCK);
    transport().abortConnection();
    runUntilLost();
    EXPECT_GE(fileFlags(each), 0) << "it was closed";
    EXPECT_FALSE(fileFlags(each) & O_NONBLOCK);
  }
  open(there.out.get(), back.in.get());
  runWhatIsReady();
  EXPECT_FALSE(fileFlags(there.out.get()) & O_NONBLOCK);
  EXPECT_FALSE(fileFlags(back.in.get()) & O_NONBLOCK);
}

TEST_F(StandardIO, OnATerminal) {
  plait::detail::PseudoTerminal pty;
  RawEnd user(std::move(pty.master));
  open(pty.terminal.get(), pty.terminal.get());
  user.send("hello\n");
  runUntil([&] { return connection().received == "hello\n"; });
  transport().write("hi\n");
  runUntil([&] {
    user.receive();
    return user.received.find("hi\r\n") != Bytes::npos;
  });
  user.send("\4");  // Ctrl-D
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(StandardIO, OnATerminalThatIsHungUp) {
  plait::detail::PseudoTerminal pty;
  open(pty.terminal.get(), pty.terminal.get());
  runWhatIsReady();
  pty.master = UniqueDescriptor();
  runUntilLost();
}

TEST_F(StandardIO, OnTheOtherSideOfATerminal) {
  plait::detail::PseudoTerminal pty;
  RawEnd program(std::move(pty.terminal));
  open(pty.master.get(), pty.master.get());
  transport().write("typed\n");
  runUntil([&] {
    program.receive();
    return program.received == "typed\n";
  });
  program.send("printed\n");
  runUntil([&] { return connection().received == "typed\r\nprinted\r\n"; });
  program.close();
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(StandardIO, OnASocket) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  RawPeer peer(sockets[0]);
  const UniqueDescriptor ours(sockets[1]);
  const Bytes data = pattern(5 * kMegabyte);
  protocols->halfCloseable = true;
  protocols->script.readLost = [&](Connection& c) {
    c.transport->write(data);
    c.transport->loseWriteConnection();
  };
  open(ours.get(), ours.get());
  peer.send("question");
  peer.shutdownWrite();
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(connection().received, "question");
  EXPECT_TRUE(peer.received == data);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(StandardIO, OnASocketWhosePeerHasSaidEverythingAndGone) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  RawPeer peer(sockets[0]);
  const UniqueDescriptor ours(sockets[1]);
  peer.send("last words");
  peer.close();
  open(ours.get(), ours.get());
  runUntilLost();
  EXPECT_EQ(connection().received, "last words");
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

// --- Closing with output that nobody takes yet -----------------------------------------

TEST_F(StandardIO, ClosingLeavesTheRestOfAFileToOthers) {
  const RawEnd source = temporaryFile("for the next program");
  const Bytes data = pattern(kMegabyte);
  protocols->script.made = [&](Connection& c) {
    c.transport->pauseProducing();
    c.transport->write(data);
    c.transport->loseConnection();
  };
  open(source.get(), back.in.get());
  runWhatIsReady();
  runUntil([&] {
    back.out.receive();
    return connection().lost == 1;
  });
  back.out.receive();
  EXPECT_TRUE(back.out.received == data);
  EXPECT_EQ(::lseek(source.get(), 0, SEEK_CUR), 0);
}

TEST_F(StandardIO, ClosingSendsEverythingThoughTheInputHasFailed) {
  int sockets[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const UniqueDescriptor ours(sockets[0]);
  const Bytes data = pattern(kMegabyte);
  protocols->script.made = [&](Connection& c) {
    c.transport->pauseProducing();
    c.transport->write(data);
    c.transport->loseConnection();
  };
  ASSERT_EQ(::write(ours.get(), "unread", 6), 6);
  ::close(sockets[1]);  // which is told as a reset
  open(ours.get(), back.in.get());
  runWhatIsReady();
  runUntil([&] {
    back.out.receive();
    return connection().lost == 1;
  });
  back.out.receive();
  EXPECT_TRUE(back.out.received == data);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

}  // namespace
}  // namespace plait::testing
