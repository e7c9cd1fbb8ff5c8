#pragma once

#include <memory>
#include <plait/core/failure.hpp>
#include <plait/core/process_options.hpp>
#include <plait/core/process_transport.hpp>
#include <string>

namespace plait {

/// The parent's side of a child process. Subclass it, override what you need. Twisted:
/// `ProcessProtocol`.
///
/// Called on the reactor's thread: `connectionMade` once; what the child writes; the loss of each
/// pipe; `processExited` when it has exited; `processEnded` last, when it has exited *and* all its
/// pipes are closed (a grandchild may hold one open), so that all output has been told. An
/// exception out of any of them is logged, and the child is killed.
class ProcessProtocol : public std::enable_shared_from_this<ProcessProtocol> {
 public:
  ProcessProtocol() = default;
  ProcessProtocol(const ProcessProtocol&) = delete;
  ProcessProtocol& operator=(const ProcessProtocol&) = delete;
  virtual ~ProcessProtocol() = default;

  /// Binds the transport and calls `connectionMade`. For transports and for tests.
  void makeConnection(std::shared_ptr<ProcessTransport> transport) {
    transport_ = std::move(transport);
    connectionMade();
  }

  /// It runs.
  virtual void connectionMade() {}
  /// Bytes from its descriptor `childFD`; by default `outReceived` for 1 and `errReceived` for 2.
  virtual void childDataReceived(int childFD, BytesView data);
  virtual void outReceived(BytesView) {}
  virtual void errReceived(BytesView) {}
  /// The pipe of `childFD` is closed; by default one of the three below.
  virtual void childConnectionLost(int childFD);
  virtual void inConnectionLost() {}
  virtual void outConnectionLost() {}
  virtual void errConnectionLost() {}
  /// It has exited: ProcessDone or ProcessTerminated.
  virtual void processExited(const Failure&) {}
  /// It has exited, and nothing more will come from it.
  virtual void processEnded(const Failure&) {}

  /// The transport; std::logic_error before `makeConnection`.
  ProcessTransport& transport() const;
  /// The name in log lines: the class's name.
  virtual std::string logPrefix() const;

 private:
  std::shared_ptr<ProcessTransport> transport_;
};

}  // namespace plait
