#include "standard_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace plait::app {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

StandardInput::StandardInput(ReactorThreads& reactor, Receiver receiver)
    : reactor_(reactor), receiver_(std::move(receiver)) {
  int ends[2];
  if (pipe(ends) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  wakeRead_ = ends[0];
  wakeWrite_ = ends[1];
  thread_ = std::thread([this] { readAll(); });
}

StandardInput::~StandardInput() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  close(wakeWrite_);  // ends the poll
  thread_.join();
  close(wakeRead_);
}

void StandardInput::readAll() {
  Bytes piece;
  do {
    if (!waitForTurn() || !waitForInput()) return;
    piece.resize(kPiece);
    ssize_t size = 0;
    do {
      size = read(STDIN_FILENO, piece.data(), piece.size());
    } while (size < 0 && errno == EINTR);
    piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);  // an error is an end too
    reactor_.callFromThread([this, alive = std::weak_ptr(alive_), piece]() mutable {
      if (alive.expired()) return;  // the connection was lost meanwhile
      receiver_(std::move(piece));
      taken();
    });
  } while (!piece.empty());
}

bool StandardInput::waitForInput() const {
  pollfd descriptors[] = {{STDIN_FILENO, POLLIN, 0}, {wakeRead_, POLLIN, 0}};
  while (poll(descriptors, 2, -1) < 0 && errno == EINTR) {
  }
  return descriptors[1].revents == 0;
}

bool StandardInput::waitForTurn() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return mayRead_ || stopped_; });
  mayRead_ = false;
  return !stopped_;
}

void StandardInput::taken() {
  if (!paused_) allowNext();
}

void StandardInput::resumeProducing() {
  paused_ = false;
  allowNext();
}

void StandardInput::allowNext() {
  {
    std::lock_guard lock(mutex_);
    mayRead_ = true;
  }
  changed_.notify_all();
}

}  // namespace plait::app
