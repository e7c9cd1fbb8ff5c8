#include "metrics_page.hpp"

#include <fmt/format.h>

#include <plait/policies/timeout_mixin.hpp>

namespace plait::app {

namespace {

constexpr std::size_t kMostHeader = 8 * 1024;
constexpr auto kPatience = std::chrono::seconds(10);

/// The first line of a request.
struct Request {
  std::string_view method, target, version;
};

Request parseRequestLine(std::string_view line) {
  const auto word = [&line] {
    const std::string_view found = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(found.size() + 1, line.size()));
    return found;
  };
  Request request;
  request.method = word();
  request.target = word();
  request.version = line;
  return request;
}

class MetricsPage final : public Protocol, public TimeoutMixin {
 public:
  explicit MetricsPage(std::shared_ptr<MetricsRegistry> metrics) : metrics_(std::move(metrics)) {}

  void connectionMade() override { setTimeout(kPatience); }

  void dataReceived(BytesView data) override {
    header_ += data;
    const std::size_t end = std::min(header_.find("\r\n\r\n"), header_.find("\n\n"));
    if (end <= kMostHeader) {
      answer(parseRequestLine(BytesView(header_).substr(0, header_.find_first_of("\r\n"))));
    } else if (header_.size() > kMostHeader) {
      say("431 Request Header Fields Too Large", "The request is too large.\n");
    }
  }

 private:
  void answer(const Request& request) {
    withBody_ = request.method != "HEAD";
    if (!request.version.starts_with("HTTP/1.") || request.target.empty()) {
      say("400 Bad Request", "This is no request of HTTP 1.\n");
    } else if (request.target.substr(0, request.target.find('?')) != "/metrics") {
      say("404 Not Found", "There is only /metrics.\n");
    } else if (request.method != "GET" && request.method != "HEAD") {
      say("405 Method Not Allowed", "There is only GET.\n", "Allow: GET, HEAD\r\n");
    } else {
      say("200 OK", metrics_->text(), "", MetricsRegistry::kContentType);
    }
  }

  void say(std::string_view status, std::string_view body, std::string_view more = {},
           std::string_view type = "text/plain; charset=utf-8") {
    transport().write(fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n{}",
        status, type, body.size(), more, withBody_ ? body : std::string_view()));
    transport().loseConnection();
  }

  std::shared_ptr<MetricsRegistry> metrics_;
  Bytes header_;
  bool withBody_ = true;
};

}  // namespace

std::shared_ptr<Factory> metricsPageFactory(std::shared_ptr<MetricsRegistry> metrics) {
  return Factory::forProtocol<MetricsPage>(std::move(metrics));
}

}  // namespace plait::app
