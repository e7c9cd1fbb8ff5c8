#pragma once

#include <plait/core/log.hpp>
#include <plait/core/process_protocol.hpp>
#include <plait/core/reactor_process.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>

namespace plait {

/// What becomes of what a child writes to its standard error: a line in the log each time, or
/// nothing. Twisted: `StandardErrorBehavior`.
enum class StandardErrorBehavior { LOG, DROP };

/// Options of ProcessEndpoint.
struct ProcessEndpointOptions {
  /// The child's. `childFDs` 0 and 1 must be pipes.
  ProcessOptions process = {};
  StandardErrorBehavior standardError = StandardErrorBehavior::LOG;
  /// Null = `standardLog()`.
  Log* log = nullptr;
  /// Options of the connection.
  TransportOptions transport = {};
};

/// Runs a program each time it connects, and talks to its standard input and output. Twisted:
/// `ProcessEndpoint`.
///
/// Closing the connection closes the child's pipes; it is lost when the child has ended, with
/// ConnectionDone if that exited with status 0, else ProcessTerminated. A child that does not end
/// within the transport's `closeTimeout` of that is killed, as `abortConnection` kills it. The
/// addresses are unknown.
class ProcessEndpoint : public StreamClientEndpoint {
 public:
  /// `reactor` is a ReactorProcess and ReactorTime, and must outlive the endpoint.
  template <class R>
  ProcessEndpoint(R& reactor, std::string executable, ProcessEndpointOptions options = {})
      : ProcessEndpoint(reactor, reactor, std::move(executable), std::move(options)) {}
  ProcessEndpoint(ReactorProcess& processes, ReactorTime& time, std::string executable,
                  ProcessEndpointOptions options = {})
      : processes_(processes),
        time_(time),
        executable_(std::move(executable)),
        options_(std::move(options)) {}

  /// Fails with std::system_error when the program cannot be run.
  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;

 private:
  ReactorProcess& processes_;
  ReactorTime& time_;
  std::string executable_;
  ProcessEndpointOptions options_;
};

}  // namespace plait
