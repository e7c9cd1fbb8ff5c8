#include <sys/socket.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/net/detail/socket_address.hpp>
#include <plait/net/detail/unix_connection.hpp>
#include <plait/net/detail/unix_connector.hpp>
#include <plait/net/detail/unix_lock.hpp>
#include <plait/net/detail/unix_name.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

// Between tries while the server's queue is full: twice as long each time.
constexpr Duration kFirstWait = 1ms;
constexpr Duration kLongestWait = 50ms;

}  // namespace

struct UnixConnector::UnixAttempt final : Attempt {
  ~UnixAttempt() override { retry.cancelIfActive(); }
  DelayedCall retry;
  Duration wait = kFirstWait;
};

UnixConnector::UnixConnector(Loop& loop, std::string path, std::shared_ptr<ClientFactory> factory,
                             const UNIXConnectOptions& options)
    : StreamConnector(loop, std::move(factory), {options.timeout, options.transport},
                      "connectUNIX"),
      path_(std::move(path)),
      checkLock_(options.checkLock) {}

std::shared_ptr<StreamConnector::Attempt> UnixConnector::newAttempt() {
  return std::make_shared<UnixAttempt>();
}

void UnixConnector::begin() {
  const auto refuse = [&](const auto& error) { failSoon(Failure(error)); };
  if (const std::string why = whyNoUnixName(path_); !why.empty()) {
    return refuse(ConnectError(fmt::format("cannot connect to {}: {}", name(), why)));
  }
  // A socket with an abstract name goes with its server, so there is nothing to check.
  if (checkLock_ && !isAbstract(path_) && !UnixLock::holder(path_)) {
    return refuse(
        BadFileError(fmt::format("cannot connect to {}: no live server has its lock", name())));
  }
  loop().post("connectUNIX", [self = self(), attempt = std::weak_ptr(currentAttempt())] {
    if (!attempt.expired()) self->tryNow();
  });
}

void UnixConnector::tryNow() try {
  UniqueDescriptor socket;
  const int error = open(socket);
  if (error == EAGAIN) return tryLater();
  if (error == 0) return connected(std::move(socket), getDestination());
  fail(Failure(getConnectError(std::error_code(error, std::system_category()), name())));
} catch (...) {  // there is no memory
  if (!currentAttempt()) throw;
  fail(Failure());
}

/// No event tells that there is room in a server's queue.
void UnixConnector::tryLater() {
  auto& attempt = static_cast<UnixAttempt&>(*currentAttempt());
  attempt.retry = loop().callLater(attempt.wait, [self = self()] { self->tryNow(); });
  attempt.wait = std::min(2 * attempt.wait, kLongestWait);
}

/// By hand: Asio takes a full queue for a connection under way, and then for one made.
int UnixConnector::open(UniqueDescriptor& socket) const {
  UniqueDescriptor opened(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened) return errno;
  const SocketAddress address(UNIXAddress{path_});
  if (::connect(opened.get(), address.data(), address.size()) != 0) return errno;
  socket = std::move(opened);
  return 0;
}

std::shared_ptr<SocketConnection> UnixConnector::makeConnection(UniqueDescriptor socket,
                                                                const Address& peer,
                                                                const TransportOptions& options) {
  return std::make_shared<UnixConnection>(loop(), std::move(socket), peer, Address(), options);
}

}  // namespace plait::detail
