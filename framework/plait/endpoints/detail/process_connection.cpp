#include <array>
#include <csignal>
#include <plait/core/errors.hpp>
#include <plait/core/log.hpp>
#include <plait/endpoints/detail/process_connection.hpp>

namespace plait::detail {

/// Passes on what happens to the child.
class ProcessConnection::Child final : public ProcessProtocol {
 public:
  Child(std::shared_ptr<ProcessConnection> connection, std::shared_ptr<Protocol> protocol)
      : connection_(std::move(connection)), protocol_(std::move(protocol)) {}

  void connectionMade() override { connection_->begin(transport(), std::move(protocol_)); }
  void outReceived(BytesView data) override { connection_->wrote(data); }
  void errReceived(BytesView data) override { connection_->wroteError(data); }
  void inConnectionLost() override { connection_->closedInput(); }
  void outConnectionLost() override { connection_->closedOutput(); }
  void processEnded(const Failure& reason) override { connection_->exited(reason); }

 private:
  std::shared_ptr<ProcessConnection> connection_;
  std::shared_ptr<Protocol> protocol_;
};

ProcessConnection::ProcessConnection(ReactorTime& time, const ProcessEndpointOptions& options,
                                     UniqueFunction<void()> ended)
    : StreamTransport(time, options.log ? *options.log : standardLog(), group, options.transport),
      standardError_(options.standardError),
      ended_(std::move(ended)) {}

std::shared_ptr<ProcessProtocol> ProcessConnection::childProtocol(
    std::shared_ptr<Protocol> protocol) {
  return std::make_shared<Child>(std::static_pointer_cast<ProcessConnection>(shared_from_this()),
                                 std::move(protocol));
}

// --- What the child tells --------------------------------------------------------------

void ProcessConnection::begin(ProcessTransport& process, std::shared_ptr<Protocol> protocol) {
  process_ = &process;
  start(std::move(protocol));
}

void ProcessConnection::wrote(BytesView data) {
  if (wantsRead()) received(data);
}

void ProcessConnection::wroteError(BytesView data) {
  if (standardError_ == StandardErrorBehavior::DROP) return;
  while (data.ends_with('\n')) data.remove_suffix(1);
  Logger(log(), connectionName()).warn("standard error: {}", data);
}

void ProcessConnection::closedInput() {
  inputClosed_ = true;
  inputWatch_.watching = false;
  if (connected()) writable();  // what is written from now on goes nowhere
}

void ProcessConnection::closedOutput() {
  if (wantsRead()) receivedEOF();
}

void ProcessConnection::exited(const Failure& reason) {
  process_ = nullptr;
  if (connected()) failed(reason.check<ProcessDone>() ? connectionDone() : reason);
}

void ProcessConnection::inputTaken() {
  if (!inputWatch_.watching) return;  // registering asks for data at once
  inputWatch_.watching = false;
  process_->unregisterProducer();
  writable();
}

// --- What the transport does -----------------------------------------------------------

StreamTransport::SendResult ProcessConnection::send(const OutputBuffer& out) {
  std::array<BytesView, 16> pieces;
  const std::size_t count = out.gather(pieces);
  SendResult result;
  for (std::size_t i = 0; i < count; ++i) {
    if (!inputClosed_ && process_) process_->write(pieces[i]);
    result.sent += pieces[i].size();
  }
  if (inputClosed_ || !process_ || process_->bufferedBytes() == 0) return result;
  process_->registerProducer(inputWatch_);
  inputWatch_.watching = true;
  result.wouldBlock = true;
  return result;
}

std::size_t ProcessConnection::bufferedBelow() const {
  if (!process_) return 0;
  const std::size_t buffered = inputClosed_ ? 0 : process_->bufferedBytes();
  return closingChild_ && buffered == 0 ? 1 : buffered;  // the close waits for the child's end
}

void ProcessConnection::readingChanged() {
  if (!process_) return;
  if (wantsRead()) {
    process_->resumeProducing();
  } else {
    process_->pauseProducing();
  }
}

void ProcessConnection::closeWriteSide() {
  if (process_) process_->closeStdin();
}

std::optional<Failure> ProcessConnection::endSending() {
  if (disconnecting() && process_ && bufferedBelow() == 0) {
    closingChild_ = true;
    process_->loseConnection();
  }
  return std::nullopt;
}

void ProcessConnection::close(CloseKind) {
  if (!process_) return;
  try {
    process_->signalProcess(SIGKILL);
  } catch (const ProcessExitedAlready&) {
  } catch (...) {
    Logger(log(), connectionName()).failure(Failure(), "a child cannot be killed");
  }
  process_->loseConnection();
}

void ProcessConnection::requestTurn() {
  clock().callLater(
      Duration::zero(),
      [self = std::static_pointer_cast<ProcessConnection>(shared_from_this())] { self->turn(); });
}

void ProcessConnection::lost(const Failure&) {
  if (inputWatch_.watching && process_) process_->unregisterProducer();
  inputWatch_.watching = false;
  process_ = nullptr;
  if (ended_) std::exchange(ended_, nullptr)();
}

}  // namespace plait::detail
