// Tells which ports are open: blocking calls in the reactor's threads, their answers in order.

#include <plait/deferred/gather_results.hpp>
#include <plait/deferred/react.hpp>
#include <plait/deferred/threads.hpp>
#include <plait/net/reactor.hpp>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

struct Target {
  std::string host, port;
};

// 0, or why there is no connection. Blocks for three seconds at the most.
int tryToConnect(const addrinfo& to) {
  const int sock = socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC, to.ai_protocol);
  if (sock < 0) return errno;
  const timeval patience{3, 0};
  setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int error = connect(sock, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  close(sock);
  return error == EINPROGRESS ? ETIMEDOUT : error;
}

// Blocks, so it is not for the reactor's thread.
std::string check(Target target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int error = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found)) {
    return fmt::format("closed ({})", gai_strerror(error));
  }
  int error = ETIMEDOUT;
  for (addrinfo* to = found; to && error != 0; to = to->ai_next) error = tryToConnect(*to);
  freeaddrinfo(found);
  if (error == 0) return "open";
  return fmt::format("closed ({})", plait::describe({error, std::system_category()}));
}

plait::Deferred<void> checkAll(plait::Reactor& reactor, std::vector<Target> targets) {
  std::vector<plait::Deferred<std::string>> checks;
  for (const Target& target : targets) {
    checks.push_back(plait::deferToThread(reactor, check, target));
  }
  const std::vector<std::string> states =
      co_await plait::gatherResults(checks, {.consumeErrors = true});
  for (std::size_t i = 0; i < targets.size(); ++i) {
    fmt::print("{}:{} {}\n", targets[i].host, targets[i].port, states[i]);
  }
}

std::optional<Target> parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [stop, error] = std::from_chars(port.begin(), port.end(), number);
  if (error != std::errc() || stop != port.end() || number == 0) return std::nullopt;
  return Target{std::string(text.substr(0, colon)), std::string(port)};
}

int main(int argc, char** argv) {
  std::vector<Target> targets;
  for (int i = 1; i < argc; ++i) {
    if (auto target = parse(argv[i])) targets.push_back(*target);
  }
  if (argc < 2 || targets.size() + 1 < std::size_t(argc)) {
    fmt::print(stderr, "usage: {} HOST:PORT...\n", argv[0]);
    return 2;
  }
  plait::Reactor reactor;
  return plait::task::react(reactor, checkAll, targets);
}
