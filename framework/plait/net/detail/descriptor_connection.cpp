#include <poll.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/descriptor_connection.hpp>

namespace plait::detail {

namespace {

/// What is offered to the system at once. A file takes all of it, and the loop waits meanwhile.
constexpr std::size_t kMostPieces = 64;
constexpr std::size_t kMostBytes = 256 * 1024;

bool isWouldBlock(ErrorCode error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

Failure brokenPipe() {
  return Failure(ConnectionLost(std::make_error_code(std::errc::broken_pipe)));
}

}  // namespace

void DescriptorConnection::open(std::shared_ptr<Protocol> protocol) {
  Loop::Callback callback(*loop());
  begin(std::move(protocol), nullptr);
  watchOutput();
}

bool DescriptorConnection::hasNews() const {
  return (in_.isOpen() && wantsRead() && in_.poll(POLLIN) != 0) ||
         (out_.isOpen() && (out_.poll(0) & POLLERR) != 0);
}

// --- Reading ---------------------------------------------------------------------------

void DescriptorConnection::readingChanged() {
  if (outputBroken_ && !wantsRead()) loop()->requestRead(*this);  // to see what is unsent
  if (!in_.isOpen() || waiting_) return;
  if (!disconnecting() || discardsInput()) loop()->requestRead(*this);
}

void DescriptorConnection::startRead(bool) {
  readAnswered();
  // Nobody is going to read up to the end of the input, where it would be told.
  if (loop() && outputBroken_ && !wantsRead() && bufferedBytes() > 0) return failed(brokenPipe());
  if (!loop() || waiting_ || !in_.isOpen() || !wantsRead()) return;
  if (discardsInput() && !in_.canWait()) return;  // the rest of a file is the next program's
  if (moreIsLikely_ || !in_.canWait()) {
    readNow();
  } else {
    awaitInput();
  }
}

void DescriptorConnection::readNow() {
  ErrorCode error;
  auto& buffer = loop()->readBuffer();
  const std::size_t size = in_.read(buffer, error);
  moreIsLikely_ = size == buffer.size();
  if (isWouldBlock(error) && in_.canWait()) return awaitInput();
  // Who reads the output may be somebody else, and is owed the rest.
  if (error && discardsInput()) return endOfInput();
  if (error) return failed(Failure(ConnectionLost(error)));
  if (size == 0) return endOfInput();
  received({buffer.data(), size});
  readingChanged();
}

void DescriptorConnection::endOfInput() {
  if (outputBroken_ && bufferedBytes() > 0) return failed(brokenPipe());
  receivedEOF();
  if (outputBroken_ && loop() && !disconnecting()) failed(brokenPipe());
}

void DescriptorConnection::awaitInput() try {
  in_.asyncWait([self = Use(*this)](ErrorCode) {
    self->waiting_ = false;
    if (!self->loop()) return;
    Loop::Callback callback(*self->loop());
    if (self->wantsRead()) self->readNow();  // an error shows itself there
  });
  waiting_ = true;
} catch (...) {  // there is no memory for it
  broken();
}

// --- Sending ---------------------------------------------------------------------------

StreamTransport::SendResult DescriptorConnection::send(const OutputBuffer& out) {
  std::array<BytesView, kMostPieces> pieces;
  std::array<iovec, kMostPieces> offered;
  const std::size_t found = out.gather(pieces);
  std::size_t count = 0;
  for (std::size_t room = kMostBytes; count < found && room > 0; ++count) {
    const BytesView piece = pieces[count].substr(0, room);
    offered[count] = {const_cast<char*>(piece.data()), piece.size()};
    room -= piece.size();
  }
  SendResult result;
  ErrorCode error;
  result.sent = out_.write(std::span(offered.data(), count), error);
  if (isWouldBlock(error) && out_.canWait()) {
    result.wouldBlock = true;
    awaitRoom();
  } else if (error == boost::system::errc::broken_pipe && wantsRead() && inputEnds()) {
    result.wouldBlock = outputBroken_ = true;
  } else {
    result.error = error;
  }
  return result;
}

void DescriptorConnection::awaitRoom() {
  out_.asyncWait([self = Use(*this)](ErrorCode) {
    if (!self->loop()) return;
    Loop::Callback callback(*self->loop());
    self->writable();
  });
}

/// The readers of a pipe may all go while nothing is written. Other errors show themselves in a
/// read or write, and a terminal that was hung up has said so to the read.
void DescriptorConnection::watchOutput() {
  if (!loop() || !out_.isOpen()) return;
  out_.asyncWaitForError([self = Use(*this)](ErrorCode error) {
    if (error || !self->loop() || !self->out_.isOpen()) return;
    if ((self->out_.poll(0) & POLLERR) == 0) return;
    Loop::Callback callback(*self->loop());
    if (!self->inputEnds()) return self->failed(brokenPipe());
    self->outputBroken_ = true;
  });
}

/// True when the other side has gone altogether, and not just stopped reading: then what it wrote
/// before is delivered, and the end of file behind it tells.
bool DescriptorConnection::inputEnds() const {
  return in_.isOpen() && in_.canWait() && !eofReceived() && !disconnecting() &&
         (in_.poll(POLLIN) & POLLHUP) != 0;
}

// --- Closing ---------------------------------------------------------------------------

void DescriptorConnection::closeWriteSide() {
  out_.shutdownWrite();
  out_.close();
}

void DescriptorConnection::close(CloseKind) {
  out_.close();  // first: the other side is to see the end of file before the broken pipe
  in_.close();
}

}  // namespace plait::detail
