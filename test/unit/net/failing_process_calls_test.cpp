#include <plait/core/errors.hpp>

#include "../support/pattern.hpp"
#include "support/failing_each_call.hpp"

/// Every system call that starting a child, talking to it and waiting for it takes fails, one after
/// the other. Whatever fails: what cannot be started is thrown about, and leaves nothing; of what
/// was started the end is told, once, behind all else; nothing hangs, no descriptor and no zombie
/// is left, and the next child runs.
namespace plait::testing {
namespace {

/// Writes `text` once it runs, and then has no more to say.
ProcessScript saying(const Bytes& text) {
  return {.made = [text](Child&, ProcessTransport& transport) {
    transport.write(text);
    transport.closeStdin();
  }};
}

/// What came is `text`, from its beginning on.
void expectBeginning(const Child& child, const Bytes& text) {
  EXPECT_EQ(child.out, text.substr(0, child.out.size()));
}

TEST(FailingProcessCalls, OfAChildThatEchoes) {
  failEachCall([](FaultyWorld& world) {
    const auto child = world.spawn("cat", saying("hello"));
    world.runUntilOver();
    expectBeginning(*child, "hello");
  });
}

TEST(FailingProcessCalls, OfMoreThanAPipeTakes) {
  const Bytes text = pattern(80'000);
  failEachCall([&](FaultyWorld& world) {
    const auto child = world.spawn("cat", saying(text));
    world.runUntilOver();
    expectBeginning(*child, text);
  });
}

TEST(FailingProcessCalls, OfAChildThatReadsNothing) {
  failEachCall([](FaultyWorld& world) {
    const auto child = world.spawn("exec 0<&-; echo done; exit 3", saying(Bytes(80'000, 'x')));
    world.runUntilOver();
    expectBeginning(*child, "done\n");
  });
}

TEST(FailingProcessCalls, OfAChildThatIsKilled) {
  failEachCall([](FaultyWorld& world) {
    world.spawn("exec cat", {.made = [](Child&, ProcessTransport& transport) {
                  try {
                    transport.signalProcess("KILL");
                  } catch (const std::exception&) {  // then it ends by itself
                    transport.closeStdin();
                  }
                }});
    world.runUntilOver();
  });
}

TEST(FailingProcessCalls, OfAProtocolThatThrows) {
  failEachCall([](FaultyWorld& world) {
    world.spawn("exec cat", {.made = [](Child&, ProcessTransport& transport) {
                  transport.closeStdin();  // if it cannot be killed
                  throw std::runtime_error("broken");
                }});
    world.runUntilOver();
  });
}

TEST(FailingProcessCalls, OfManyDescriptors) {
  failEachCall([](FaultyWorld& world) {
    ProcessOptions options;
    options.childFDs = {{0, ChildFD::inherit(0)},
                        {1, ChildFD::read()},
                        {2, ChildFD::inherit(2)},
                        {3, ChildFD::write()},
                        {4, ChildFD::read()}};
    const auto child = world.spawn("cat <&3 >&4; echo done",
                                   {.made =
                                        [](Child&, ProcessTransport& transport) {
                                          transport.writeToChild(3, "through");
                                          transport.closeChildFD(3);
                                        }},
                                   std::move(options));
    world.runUntilOver();
    expectBeginning(*child, "done\n");
  });
}

TEST(FailingProcessCalls, OfAChildOnATerminal) {
  failEachCall([](FaultyWorld& world) {
    const auto child = world.spawn("echo hello", {}, {.usePTY = true});
    world.runUntilOver();
    expectBeginning(*child, "hello\r\n");
  });
}

TEST(FailingProcessCalls, OfAProgramThatIsNotThere) {
  failEachCall([](FaultyWorld& world) {
    world.children.push_back(std::make_shared<Child>());
    const auto protocol = std::make_shared<ScriptedProcess>(world.children.back(), ProcessScript{});
    try {
      world.reactor->spawnProcess(protocol, "/nowhere/program");
      ADD_FAILURE() << "it has started";
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::no_such_file_or_directory) throw;
      EXPECT_THAT(error.what(), ::testing::HasSubstr("/nowhere/program"));
    }
  });
}

TEST(FailingProcessCalls, OfTwoChildrenAtOnce) {
  failEachCall([](FaultyWorld& world) {
    const auto one = world.spawn("cat", saying("one"));
    world.runUntil([] { return true; });
    try {
      world.spawn("cat", saying("two"));
    } catch (const std::system_error&) {  // the first does not notice
    }
    world.runUntilOver();
    if (one->ended->check<ProcessDone>()) expectBeginning(*one, "one");
  });
}

}  // namespace
}  // namespace plait::testing
