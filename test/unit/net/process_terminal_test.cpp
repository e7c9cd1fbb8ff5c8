#include "support/process_test.hpp"

namespace plait::testing {
namespace {

using ::testing::StartsWith;

using ProcessTerminal = ProcessTest;

TEST_F(ProcessTerminal, IsTheChildsInputAndOutput) {
  const auto child = shell(
      "tty; stty -echo; read line; echo \"<$line>\"; test -t 2 && ps -o tty= $$", {.usePTY = true});
  runUntil([&] { return child->out.find("/dev/pts/") != Bytes::npos; });
  child->transport->write("hello\n");
  runUntilEnded(child);
  EXPECT_THAT(child->out, StartsWith("/dev/pts/"));
  EXPECT_THAT(child->out, HasSubstr("<hello>\r\n"));
  EXPECT_EQ(child->exitCode(), 0) << child->out;
  EXPECT_EQ(child->err, "");
  EXPECT_THAT(std::vector(child->events.end() - 4, child->events.end()),
              ElementsAre("inLost", "outLost", "exited", "ended"));
}

TEST_F(ProcessTerminal, InterruptsFromTheKeyboard) {
  const auto child = shell("trap 'echo caught; exit 4' INT; echo ready; while :; do read x; done",
                           {.usePTY = true});
  runUntil([&] { return child->out.find("ready") != Bytes::npos; });
  child->transport->write("\3");
  runUntilEnded(child);
  EXPECT_THAT(child->out, HasSubstr("caught"));
  EXPECT_EQ(child->exitCode(), 4);
}

TEST_F(ProcessTerminal, IsHungUpByLoseConnection) {
  const auto child = shell("echo ready; read line", {.usePTY = true});
  runUntil([&] { return child->out.find("ready") != Bytes::npos; });
  child->transport->closeStdin();  // nothing: a terminal is one thing
  child->transport->loseConnection();
  runUntilEnded(child);
  EXPECT_NE(child->exitCode(), 0);
}

}  // namespace
}  // namespace plait::testing
