#include <fcntl.h>
#include <sys/socket.h>

#include <filesystem>

#include "../support/pattern.hpp"
#include "support/failing_calls.hpp"
#include "support/failing_each_call.hpp"
#include "support/raw_descriptors.hpp"
#include "support/raw_pipe.hpp"
#include "support/temporary_directory.hpp"

/// The same for connections over what is no socket of the reactor's own: pipes, files, and sockets
/// that others have, too.
namespace plait::testing {
namespace {

RawPipe makePipe() {
  const OwnCalls own;
  return {};
}

void sayFromOutside(RawEnd& end, BytesView text) {
  const OwnCalls own;
  end.send(text);
}

/// Serves `input` and `output` by the server's protocols.
void serve(FaultyWorld& world, int input, int output) {
  auto protocol = world.server->makeProtocol({});
  world.reactor->standardIO(std::move(protocol), {.input = input, .output = output});
}

/// Sends `text` from outside, and takes what comes back, until the connection is over.
void converse(FaultyWorld& world, RawEnd& there, RawEnd& back, const Bytes& text) {
  std::size_t sent = 0;
  world.runUntil([&] {
    const OwnCalls own;
    if (there.get() >= 0 && world.server->last().lost == 0)
      sent += there.send(BytesView(text).substr(sent));
    if (sent == text.size()) there.close();
    back.receive();
    return world.server->last().lost > 0;
  });
  const OwnCalls own;
  back.receive();
  EXPECT_EQ(back.received, text.substr(0, back.received.size()));
  if (!world.server->last().lostWith<ConnectionDone>()) return;
  EXPECT_EQ(back.received.size(), text.size());
}

void echoThroughPipes(FaultyWorld& world, const Bytes& text) {
  RawPipe there = makePipe(), back = makePipe();
  world.scriptEcho(text);
  world.server->halfCloseable = false;
  serve(world, there.out.get(), back.in.get());
  there.out.close();
  back.in.close();
  converse(world, there.in, back.out, text);
}

TEST(FailingDescriptorCalls, OfPipes) {
  failEachCall([](FaultyWorld& world) { echoThroughPipes(world, "hello"); });
}

TEST(FailingDescriptorCalls, OfMoreThanAPipeTakes) {
  const Bytes text = pattern(80'000);
  failEachCall([&](FaultyWorld& world) { echoThroughPipes(world, text); });
}

TEST(FailingDescriptorCalls, OfASocketThatOthersHaveToo) {
  failEachCall([](FaultyWorld& world) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) std::abort();
    Descriptor mine(pair[0]);
    RawEnd other{Descriptor(pair[1])};
    world.server->script.data = [](Connection& c, BytesView data) {
      c.transport->write(data);
      c.transport->loseConnection();
    };
    serve(world, mine.get(), mine.get());
    sayFromOutside(other, "hello");
    world.runUntil([&] { return world.server->last().lost > 0; });
    mine = {};
    const OwnCalls own;
    other.receive();
    EXPECT_EQ(other.received, Bytes("hello").substr(0, other.received.size()));
  });
}

Descriptor openFile(const std::string& path, int flags) {
  const OwnCalls own;
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

TEST(FailingDescriptorCalls, OfFiles) {
  failEachCall([](FaultyWorld& world) {
    const TemporaryDirectory directory;
    const std::string from = directory / "from", to = directory / "to";
    const Descriptor output = openFile(to, O_WRONLY | O_CREAT);
    const Descriptor written = openFile(from, O_RDWR | O_CREAT);
    if (::pwrite(written.get(), "hello", 5, 0) != 5) std::abort();
    world.scriptEcho("");
    world.server->halfCloseable = false;
    serve(world, written.get(), output.get());
    world.runUntil([&] { return world.server->last().lost > 0; });
    if (world.server->last().lostWith<ConnectionDone>()) {
      EXPECT_EQ(std::filesystem::file_size(to), 5u);
    }
  });
}

}  // namespace
}  // namespace plait::testing
