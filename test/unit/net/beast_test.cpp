#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <plait/net/asio.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

/// Answers any request with what it asked for.
struct TinyHttpServer : Protocol {
  void dataReceived(BytesView data) override {
    request += data;
    if (request.find("\r\n\r\n") == Bytes::npos) return;
    const Bytes target = request.substr(4, request.find(' ', 4) - 4);
    transport().write(
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", target.size(), target));
    request.clear();
  }
  Bytes request;
};

/// A request by a library that knows Asio and nothing of plait.
Deferred<std::string> get(Reactor& reactor, std::uint16_t port, std::string target) {
  asio::ip::tcp::resolver resolver(ioContext(reactor));
  auto results = co_await resolver.async_resolve("127.0.0.1", std::to_string(port), useDeferred);
  beast::tcp_stream stream(ioContext(reactor));
  co_await stream.async_connect(std::move(results), useDeferred);

  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "127.0.0.1");
  co_await http::async_write(stream, request, useDeferred);

  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, useDeferred);
  co_return response.body();
}

TEST_F(NetTest, ABeastClientRunsOnTheReactor) {
  const auto port = listen(Factory::forProtocol<TinyHttpServer>());
  std::vector<std::string> bodies;
  for (const char* target : {"/one", "/two"}) {
    get(reactor, port->getHost().port(), target).addBoth([&](Result<std::string> body) {
      bodies.push_back(body.success() ? body.value() : body.failure().getErrorMessage());
    });
  }
  runUntil([&] { return bodies.size() == 2; });
  EXPECT_THAT(bodies, ::testing::UnorderedElementsAre("/one", "/two"));
}

TEST_F(NetTest, ABeastClientIsTimedOut) {
  const auto port = listen(Factory::forProtocol<Protocol>());  // accepts, and says nothing
  std::optional<Failure> why;
  get(reactor, port->getHost().port(), "/")
      .addTimeout(50ms, reactor)
      .addErrback([&](const Failure& failure) { why = failure; });
  runUntil([&] { return why.has_value(); });
  EXPECT_TRUE(why->check<TimeoutError>());
}

}  // namespace
}  // namespace plait::testing
