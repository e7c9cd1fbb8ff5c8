#include <plait/endpoints/errors.hpp>
#include <plait/endpoints/process_endpoint.hpp>

#include "support/endpoint_test.hpp"
#include "support/memory_processes.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct ProcessEndpointTest : EndpointTest {
  /// Connects to a child.
  void connect(ProcessEndpointOptions options = {}) {
    options.log = &log.log;
    connecting = ProcessEndpoint(everything, "/bin/cat", std::move(options)).connect(client);
  }
  MemoryProcess& child() { return *everything.processes.at(0); }
  Greeting& protocol() { return *client->protocols.at(0); }
  void turn() { everything.advance(0s); }

  EverythingReactor everything{log.log};
  Protocols connecting;
};

TEST_F(ProcessEndpointTest, RunsTheProgram) {
  connect({.process = {.args = {"cat", "-u"}, .cwd = "/tmp"}});
  EXPECT_EQ(child().executable, "/bin/cat");
  EXPECT_EQ(child().options.args, (std::vector<std::string>{"cat", "-u"}));
  EXPECT_EQ(child().options.cwd, "/tmp");
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
  EXPECT_EQ(protocol().peer, "unknown");
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, TalksToItsStandardInputAndOutput) {
  client->greeting = "hello";
  connect();
  turn();
  EXPECT_EQ(child().read(), "hello");
  child().write(1, "hello back");
  EXPECT_EQ(protocol().data, "hello back");
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, LogsItsStandardError) {
  connect();
  child().write(2, "disk full\n");
  EXPECT_EQ(protocol().data, "");
  ASSERT_FALSE(log.entries.empty());
  EXPECT_EQ(log.entries.back().message, "standard error: disk full");
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, DropsItsStandardErrorWhenAskedTo) {
  connect({.standardError = StandardErrorBehavior::DROP});
  child().write(2, "disk full\n");
  EXPECT_TRUE(log.entries.empty());
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, ClosesTheChildsPipesAndWaitsForItsEnd) {
  connect();
  protocol().transport().write("last words");
  protocol().transport().loseConnection();
  turn();
  EXPECT_EQ(child().losses, 0) << "there is something to be written";
  EXPECT_EQ(child().read(), "last words");
  turn();
  EXPECT_EQ(child().losses, 1);
  EXPECT_EQ(protocol().lost, 0);
  child().end(Failure(ProcessDone()));
  EXPECT_EQ(protocol().lost, 1);
  EXPECT_TRUE(protocol().reason->check<ConnectionDone>());
  EXPECT_FALSE(protocol().reason->check<ProcessDone>());
  EXPECT_EQ(client->stops, 1);
  EXPECT_TRUE(child().signals.empty());
}

TEST_F(ProcessEndpointTest, TellsHowTheChildEnded) {
  connect();
  child().close(1);
  turn();
  EXPECT_EQ(child().losses, 1) << "its output is over";
  child().end(Failure(ProcessTerminated(3, std::nullopt)));
  ASSERT_EQ(protocol().lost, 1);
  EXPECT_EQ(protocol().reason->check<ProcessTerminated>()->exitCode, 3);
}

TEST_F(ProcessEndpointTest, GivesAllOutputBeforeTheLoss) {
  connect();
  child().write(1, "result");
  child().close(1);
  child().end(Failure(ProcessDone()));
  EXPECT_EQ(protocol().data, "result");
  EXPECT_EQ(protocol().lost, 1);
}

TEST_F(ProcessEndpointTest, KillsTheChildWhenItIsAborted) {
  connect();
  protocol().transport().abortConnection();
  turn();
  EXPECT_EQ(child().signals, std::vector<int>{SIGKILL});
  EXPECT_TRUE(protocol().reason->check<ConnectionAborted>());
  child().write(1, "too late");
  child().close(0);
  child().close(1);
  child().end(Failure(ProcessTerminated(std::nullopt, SIGKILL)));
  EXPECT_EQ(protocol().data, "");
  EXPECT_EQ(protocol().lost, 1);
}

TEST_F(ProcessEndpointTest, KillsAChildThatDoesNotEnd) {
  connect();
  protocol().transport().loseConnection();
  turn();
  everything.advance(30s);
  turn();
  EXPECT_EQ(child().signals, std::vector<int>{SIGKILL});
  EXPECT_TRUE(protocol().reason->check<CloseTimeout>());
  child().end(Failure(ProcessTerminated(std::nullopt, SIGKILL)));
}

TEST_F(ProcessEndpointTest, ClosesItsInputOnly) {
  struct Half : Greeting, HalfCloseableProtocol {
    void readConnectionLost() override {}
    void writeConnectionLost() override { ++writeLost; }
    int writeLost = 0;
  };
  struct HalfFactory : GreetingFactory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override {
      auto half = std::make_shared<Half>();
      protocols.push_back(half);
      return half;
    }
  };
  client = std::make_shared<HalfFactory>();
  connect();
  protocol().transport().write("in");
  protocol().transport().loseWriteConnection();
  turn();
  child().read();
  turn();
  EXPECT_TRUE(child().inputClosed);
  EXPECT_EQ(child().losses, 0);
  child().write(1, "sorted");
  EXPECT_EQ(protocol().data, "sorted");
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, WritesNoFasterThanTheChildReads) {
  connect();
  Transport& transport = protocol().transport();
  int drained = 0;
  transport.write(Bytes(100'000, 'x'));
  transport.drained().addCallback([&] { ++drained; });
  turn();
  EXPECT_EQ(transport.bufferedBytes(), 100'000u);
  EXPECT_EQ(drained, 0);
  std::size_t read = 0;
  for (int i = 0; i < 100 && read < 100'000; ++i) {
    read += child().read().size();
    turn();
  }
  EXPECT_EQ(read, 100'000u);
  EXPECT_EQ(drained, 1);
  EXPECT_EQ(child().pull, nullptr);
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, ThrowsAwayWhatAChildWithoutInputIsSent) {
  connect();
  protocol().transport().write("is anybody there?");
  turn();
  child().close(0);
  protocol().transport().write("hello?");
  turn();
  EXPECT_EQ(protocol().transport().bufferedBytes(), 0u);
  EXPECT_TRUE(protocol().connected());
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, PausesTheChild) {
  connect();
  protocol().transport().pauseProducing();
  EXPECT_TRUE(child().paused);
  protocol().transport().resumeProducing();
  EXPECT_FALSE(child().paused);
  child().end(Failure(ProcessDone()));
}

TEST_F(ProcessEndpointTest, LosesAConnectionWhoseProtocolThrows) {
  client->protocolThrows = true;
  connect();
  failureResultOf<std::runtime_error>(connecting);
  turn();
  EXPECT_EQ(child().losses, 1);
  child().end(Failure(ProcessDone()));
  EXPECT_TRUE(protocol().reason->check<std::runtime_error>());
}

TEST_F(ProcessEndpointTest, FailsWhenTheProgramCannotBeRun) {
  everything.failure.emplace(std::make_error_code(std::errc::no_such_file_or_directory), "cat");
  connect();
  failureResultOf<std::system_error>(connecting);
  EXPECT_EQ(client->starts, client->stops);
}

TEST_F(ProcessEndpointTest, RunsNothingWhenTheFactoryRefuses) {
  client->refuse = true;
  connect();
  failureResultOf<NoProtocol>(connecting);
  EXPECT_TRUE(everything.processes.empty());
  EXPECT_EQ(client->starts, client->stops);
}

}  // namespace
}  // namespace plait::testing
