#include <plait/endpoints/errors.hpp>
#include <plait/endpoints/standard_io_endpoint.hpp>

#include "support/endpoint_test.hpp"
#include "support/memory_processes.hpp"

namespace plait::testing {
namespace {

struct StandardIOEndpointTest : EndpointTest {
  EverythingReactor everything{log.log};
  StandardIOEndpoint endpoint{everything, {.input = 5, .output = 6}};
  const std::system_error closed{std::make_error_code(std::errc::bad_file_descriptor), "stdin"};
};

TEST_F(StandardIOEndpointTest, ServesTheOneConnectionAtOnce) {
  server->greeting = "What's your name?";
  const auto port = successResultOf(endpoint.listen(server));
  everything.wire->flush();
  EXPECT_EQ(everything.terminal->data, "What's your name?");
  EXPECT_EQ(everything.stdioOptions.input, 5);
  EXPECT_EQ(everything.stdioOptions.output, 6);
  EXPECT_EQ(endpoint.describe(*port), "stdio:");
  EXPECT_EQ(server->starts, 1);
}

TEST_F(StandardIOEndpointTest, LeavesTheConnectionWhenItIsStopped) {
  const auto port = successResultOf(endpoint.listen(server));
  successResultOf(port->stopListening());
  successResultOf(port->stopListening());
  EXPECT_TRUE(server->protocols.at(0)->connected());
  EXPECT_EQ(server->stops, 1);
}

TEST_F(StandardIOEndpointTest, ConnectsToo) {
  const auto connecting = endpoint.connect(client);
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
  everything.terminal->transport().write("typed");
  everything.wire->flush();
  EXPECT_EQ(client->protocols[0]->data, "typed");
}

TEST_F(StandardIOEndpointTest, FailsWhenTheFactoryRefuses) {
  server->refuse = client->refuse = true;
  failureResultOf<NoProtocol>(endpoint.listen(server));
  failureResultOf<NoProtocol>(endpoint.connect(client));
  EXPECT_EQ(server->stops, 1);
}

TEST_F(StandardIOEndpointTest, FailsInsteadOfThrowing) {
  everything.failure = closed;
  failureResultOf<std::system_error>(endpoint.listen(server));
  failureResultOf<std::system_error>(endpoint.connect(client));
  EXPECT_EQ(server->starts, server->stops);
}

TEST_F(StandardIOEndpointTest, FailsWithWhatConnectionMadeThrows) {
  server->protocolThrows = true;
  failureResultOf<std::runtime_error>(endpoint.listen(server));
  everything.wire->flush();
  EXPECT_TRUE(everything.wire->over());
}

}  // namespace
}  // namespace plait::testing
