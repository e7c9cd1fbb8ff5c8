#include <sys/socket.h>

#include <plait/net/detail/asio_socket.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/socket_calls.hpp>

namespace plait::detail {

namespace {

/// Reads without reading ahead, after it has failed more often than not.
constexpr std::uint8_t kReadAheadPause = 64;
constexpr std::int8_t kMostReadAheadScore = 8;

}  // namespace

/// What an operation of Asio's owns, called or not: a use of the socket, and so of its user.
class AsioSocket::Use {
 public:
  explicit Use(AsioSocket& socket) : socket_(&socket), user_(socket.user_) {
    user_->retainSocket();
  }
  Use(Use&& other) noexcept : socket_(other.socket_), user_(std::exchange(other.user_, nullptr)) {}
  ~Use() {
    if (user_) user_->releaseSocket();
  }
  AsioSocket* operator->() const { return socket_; }

 private:
  AsioSocket* socket_;
  SocketUser* user_;
};

class AsioSocket::ReadDone {
 public:
  using allocator_type = HandlerAllocator<char, kOperationSize>;

  explicit ReadDone(AsioSocket& socket) : socket_(socket) {}
  allocator_type get_allocator() const noexcept { return allocator_type(socket_->readMemory_); }
  void operator()(ErrorCode error, std::size_t size) { socket_->readDone(error, size); }

 private:
  Use socket_;
};

AsioSocket::AsioSocket(Loop& loop, UniqueDescriptor socket, bool isUnix, SocketUser& user)
    : isUnix_(isUnix), user_(&user), socket_(loop.context().get_executor()) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
  socket_.assign({family, isUnix ? 0 : IPPROTO_TCP}, socket.get());
  socket.release();
  socket_.non_blocking(true);
}

AsioSocket::AsioSocket(AsioSocket&& other, SocketUser& user)
    : isUnix_(other.isUnix_), user_(&user), socket_(std::move(other.socket_)) {
  ErrorCode ignored;
  socket_.cancel(ignored);  // what was outstanding tells `other`, which has nobody to tell any more
}

void AsioSocket::close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

// --- Reading ---------------------------------------------------------------------------

SocketInput AsioSocket::read(std::span<char> room, bool busy) {
  if (std::exchange(held_, false)) return takeHeld(room);
  if (reading_) return {.error = SocketInput::kNothingYet};
  // While somebody waits for an error, Asio does not try a read before it waits.
  if (std::exchange(watching_, false)) socket_.cancel();
  if (busy || kOnIoUring) {
    const SocketInput input = readAhead(room);
    if (input.error != SocketInput::kNothingYet) return input;
  }
  if (kOnIoUring) {
    awaitInput();
    return {.error = SocketInput::kNothingYet};
  }
  reading_ = true;
  socket_.async_read_some(asio::buffer(small_), ReadDone(*this));
  return {.error = SocketInput::kNothingYet};
}

/// Reads what has come already, if any has.
SocketInput AsioSocket::readAhead(std::span<char> room) {
  if (readAheadPause_ > 0) {
    --readAheadPause_;
    return {.error = SocketInput::kNothingYet};
  }
  const SocketInput input = receiveSome(descriptor(), room);
  if (input.error != SocketInput::kNothingYet) {
    if (readAheadScore_ < kMostReadAheadScore) ++readAheadScore_;
  } else if (--readAheadScore_ < 0) {
    readAheadScore_ = 0;
    readAheadPause_ = kReadAheadPause;
  }
  return input;
}

/// What an operation has read into `small_`, and what has come behind it.
SocketInput AsioSocket::takeHeld(std::span<char> room) {
  if (heldSize_ < kSmallRead) return {{small_, heldSize_}, heldError_};
  std::copy(small_, small_ + kSmallRead, room.begin());
  const SocketInput more = receiveSome(descriptor(), room.subspan(kSmallRead));
  SocketInput input{{room.data(), kSmallRead + more.bytes.size()}, more.error};
  if (input.error == SocketInput::kNothingYet) input.error = 0;
  return input;
}

void AsioSocket::readDone(ErrorCode error, std::size_t size) {
  reading_ = false;
  if (error && error != asio::error::eof) return user_->socketBroken(error.value());
  held_ = true;
  heldError_ = error ? SocketInput::kEndOfFile : 0;
  heldSize_ = size;
  user_->socketReady(true, false);
}

void AsioSocket::awaitInput() {
  if (std::exchange(reading_, true)) return;
  socket_.async_wait(StreamSocket::wait_read, [self = Use(*this)](ErrorCode) {
    self->reading_ = false;
    self->readAheadPause_ = 0;
    self->user_->socketReady(true, false);  // an error shows itself in the read
  });
}

/// One that reads nothing would not notice that its peer has gone.
void AsioSocket::awaitReset() {
  if (std::exchange(watching_, true)) return;
  socket_.async_wait(StreamSocket::wait_error, [self = Use(*this)](ErrorCode aborted) {
    self->watching_ = false;
    if (aborted || !self->socket_.is_open()) return;
    if (const int error = takeSocketError(self->descriptor())) {
      self->user_->socketBroken(error);
    }
  });
}

// --- Sending ---------------------------------------------------------------------------

void AsioSocket::awaitRoom() {
  socket_.async_wait(StreamSocket::wait_write, [self = Use(*this)](ErrorCode) {
    self->user_->socketReady(false, true);  // an error, or a cancel, shows itself in the next send
  });
}

}  // namespace plait::detail
