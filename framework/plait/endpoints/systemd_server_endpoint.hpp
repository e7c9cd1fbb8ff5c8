#pragma once

#include <plait/core/reactor_socket.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>
#include <plait/endpoints/systemd_sockets.hpp>
#include <string>
#include <variant>

namespace plait {

/// Accepts from a socket that systemd has opened, chosen by its place or its name
/// (`FileDescriptorName=`). Twisted: what `systemd:` strings make.
class SystemdServerEndpoint : public StreamServerEndpoint {
 public:
  enum class Domain { INET, INET6, UNIX };
  /// From 0, in the order of the unit file; or the name.
  using Choice = std::variant<std::size_t, std::string>;

  /// `reactor` must outlive the endpoint.
  SystemdServerEndpoint(ReactorSocket& reactor, Domain domain, Choice choice,
                        const ListenFDs& sockets = ListenFDs::inherited(),
                        TransportOptions transport = {})
      : reactor_(reactor),
        domain_(domain),
        choice_(std::move(choice)),
        sockets_(sockets),
        transport_(transport) {}

  /// Fails with CannotListenError when there is no such socket or it is of another domain, and with
  /// AlreadyListened when it was called before.
  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;

 private:
  std::string name() const;
  int descriptor() const;
  void checkDomain(ListeningPort& port) const;

  ReactorSocket& reactor_;
  Domain domain_;
  Choice choice_;
  ListenFDs sockets_;
  TransportOptions transport_;
  bool used_ = false;
};

}  // namespace plait
