#include <fcntl.h>

#include <deque>
#include <plait/core/errors.hpp>
#include <plait/net/detail/tcp_connector.hpp>

namespace plait::detail {

/// What is left to try.
struct TcpConnector::TcpAttempt final : Attempt {
  explicit TcpAttempt(Loop& loop) : socket(loop.context().get_executor()) {}
  ~TcpAttempt() override {
    if (lookup) lookup->cancel();
  }

  std::deque<Address> addresses;
  Address current;
  TcpSocket socket;
  std::optional<Deferred<void>> lookup;
  std::optional<Failure> lastFailure;
};

TcpConnector::TcpConnector(Loop& loop, ReactorNames& names, std::string host, std::uint16_t port,
                           std::shared_ptr<ClientFactory> factory, ConnectOptions options)
    : StreamConnector(loop, std::move(factory), {options.timeout, options.transport}, "connectTCP"),
      names_(names),
      host_(std::move(host)),
      port_(port),
      bindAddress_(std::move(options.bindAddress)) {
  if (bindAddress_ != Address()) toEndpoint(bindAddress_);  // throws if it is none
}

Address TcpConnector::getDestination() const {
  const Address literal = literalAddress(host_, port_);
  return literal != Address() ? literal : Address(HostnameAddress{host_, port_});
}

std::shared_ptr<StreamConnector::Attempt> TcpConnector::newAttempt() {
  return std::make_shared<TcpAttempt>(loop());
}

TcpConnector::TcpAttempt& TcpConnector::attempt() const {
  return static_cast<TcpAttempt&>(*currentAttempt());
}

void TcpConnector::begin() {
  const Address literal = literalAddress(host_, port_);
  if (literal != Address()) {
    attempt().addresses.push_back(literal);
    return tryNext();
  }
  attempt().lookup = names_.nameResolver().resolve(host_).addBoth(
      [self = self(), weak = std::weak_ptr(currentAttempt())](Result<std::vector<Address>> found) {
        if (!weak.expired()) self->resolved(std::move(found));
      });
}

/// Perhaps from inside `connect`: a resolver may know the answer at once.
void TcpConnector::resolved(Result<std::vector<Address>> found) {
  if (!found.success()) return failSoon(found.failure());
  if (found.value().empty()) return failSoon(Failure(DNSLookupError(host_, "no addresses")));
  for (const Address& address : found.value()) {
    TcpEndpoint endpoint = toEndpoint(address);
    endpoint.port(port_);
    attempt().addresses.push_back(toAddress(endpoint));
  }
  tryNext();
}

void TcpConnector::tryNext() {
  TcpAttempt& attempt = this->attempt();
  if (attempt.addresses.empty()) return failSoon(*attempt.lastFailure);
  attempt.current = attempt.addresses.front();
  attempt.addresses.pop_front();
  const TcpEndpoint endpoint = toEndpoint(attempt.current);

  ErrorCode error;
  attempt.socket.close(error);
  attempt.socket.open(endpoint.protocol(), error);
  if (!error) ::fcntl(attempt.socket.native_handle(), F_SETFD, FD_CLOEXEC);
  if (!error && bindAddress_ != Address()) {
    const TcpEndpoint local = toEndpoint(bindAddress_);
    attempt.socket.set_option(TcpSocket::reuse_address(true), error);
    attempt.socket.bind(local, error);
    if (error) {
      attempt.lastFailure = Failure(ConnectBindError(bindAddress_, std::error_code(error)));
      return tryNext();
    }
  }
  if (error) {
    attempt.lastFailure = Failure(getConnectError(std::error_code(error), name()));
    return tryNext();
  }
  attempt.socket.async_connect(
      endpoint, [self = self(), weak = std::weak_ptr(currentAttempt())](ErrorCode result) {
        if (!weak.expired()) self->tried(result);
      });
}

void TcpConnector::tried(ErrorCode error) try {
  Loop::Callback callback(loop());
  TcpAttempt& attempt = this->attempt();
  if (error) {
    attempt.lastFailure = Failure(getConnectError(std::error_code(error), name()));
    return tryNext();
  }
  ErrorCode ignored;
  attempt.socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  const Address peer = attempt.current;
  UniqueDescriptor socket(attempt.socket.release(ignored));
  connected(std::move(socket), peer);
} catch (...) {  // there is no memory
  if (!currentAttempt()) throw;
  fail(Failure());
}

}  // namespace plait::detail
