#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <plait/net/detail/descriptor_end.hpp>
#include <system_error>

namespace plait::detail {

namespace {

/// Keeps a write to a pipe without readers from ending the program. What the program does about
/// SIGPIPE is its own business, so the signal is held back in this thread for the write, and taken
/// away if it has come.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    if (sigismember(&before_, SIGPIPE)) {
      sigset_t pending;
      sigpending(&pending);
      wasPending_ = sigismember(&pending, SIGPIPE);
    }
  }
  NoSigpipe(const NoSigpipe&) = delete;
  ~NoSigpipe() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  void takeAway() {
    const timespec atOnce{};
    if (!wasPending_) sigtimedwait(&sigpipe_, nullptr, &atOnce);
  }

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool wasPending_ = false;
};

ssize_t writeWithoutSignal(int descriptor, std::span<const iovec> pieces) {
  NoSigpipe noSigpipe;
  const ssize_t size = ::writev(descriptor, pieces.data(), static_cast<int>(pieces.size()));
  if (size < 0 && errno == EPIPE) {
    noSigpipe.takeAway();
    errno = EPIPE;
  }
  return size;
}

ssize_t sendWithoutWaiting(int socket, std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// Makes the system call again while signals interrupt it.
template <class Call>
std::size_t retried(Call call, ErrorCode& error) {
  ssize_t size = 0;
  do {
    size = call();
  } while (size < 0 && errno == EINTR);
  if (size >= 0) return static_cast<std::size_t>(size);
  error.assign(errno, boost::system::system_category());
  return 0;
}

bool isMaster(int descriptor) {
  int number = 0;
  return ::ioctl(descriptor, TIOCGPTN, &number) == 0;
}

std::system_error descriptorError(int error, int descriptor) {
  return {error, std::system_category(), fmt::format("descriptor {}", descriptor)};
}

}  // namespace

DescriptorEnd DescriptorEnd::own(const Executor& executor, UniqueDescriptor descriptor,
                                 Direction direction) {
  const int flags = ::fcntl(descriptor.get(), F_GETFL);
  if (flags < 0 || ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    throw descriptorError(errno, descriptor.get());
  }
  DescriptorEnd end;
  end.direction_ = direction;
  end.master_ = isMaster(descriptor.get());
  end.descriptor_ = descriptor.get();
  end.watch(executor, std::move(descriptor));
  return end;
}

DescriptorEnd DescriptorEnd::share(const Executor& executor, int descriptor, Direction direction) {
  const int access = ::fcntl(descriptor, F_GETFL) & O_ACCMODE;
  const int wrong = direction == Direction::in ? O_WRONLY : O_RDONLY;
  if (::fcntl(descriptor, F_GETFD) < 0 || access == wrong) throw descriptorError(EBADF, descriptor);
  struct stat status;
  if (::fstat(descriptor, &status) < 0) throw descriptorError(errno, descriptor);

  DescriptorEnd end;
  end.direction_ = direction;
  // A pseudo-terminal's master, opened anew, would be another pseudo-terminal.
  const bool terminal = ::isatty(descriptor) && !isMaster(descriptor);
  if ((S_ISFIFO(status.st_mode) || terminal) && end.openAnew(executor, descriptor)) {
    return end;
  }

  end.watched_ = UniqueDescriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  if (!end.watched_) throw descriptorError(errno, descriptor);
  end.descriptor_ = end.watched_.get();
  end.master_ = isMaster(descriptor);
  end.kind_ = S_ISSOCK(status.st_mode) ? Kind::socket : Kind::polled;
  end.watchFromBeside(executor);
  return end;
}

/// False when that is not possible: it belongs to another user, say.
bool DescriptorEnd::openAnew(const Executor& executor, int descriptor) {
  const int access = direction_ == Direction::in ? O_RDONLY : O_WRONLY;
  UniqueDescriptor opened(::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(),
                                 access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!opened) return false;
  descriptor_ = opened.get();
  watch(executor, std::move(opened));
  return true;
}

void DescriptorEnd::watch(const Executor& executor, UniqueDescriptor descriptor) {
  ErrorCode error;
  watch_.emplace(executor).assign(descriptor.get(), error);
  if (error) throw descriptorError(error.value(), descriptor.get());
  descriptor.release();
}

/// Asio sets O_NONBLOCK on what it waits for, so it is given an epoll that has the descriptor in
/// it. What epoll does not take is always ready.
void DescriptorEnd::watchFromBeside(const Executor& executor) {
  UniqueDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw descriptorError(errno, descriptor_);
  epoll_event event{};
  event.events = direction_ == Direction::in ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor_, &event) == 0) {
    watch(executor, std::move(epoll));
  } else if (errno == EPERM) {
    kind_ = Kind::file;
  } else {
    throw descriptorError(errno, descriptor_);
  }
}

std::size_t DescriptorEnd::read(std::span<char> into, ErrorCode& error) {
  if (kind_ == Kind::polled && poll(POLLIN) == 0) {
    error = asio::error::would_block;
    return 0;
  }
  const std::size_t size = retried(
      [&] {
        return kind_ == Kind::socket ? ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT)
                                     : ::read(descriptor_, into.data(), into.size());
      },
      error);
  // So Linux says that nobody has the other side of a pseudo-terminal open any more.
  if (master_ && error == boost::system::errc::io_error) error.clear();
  return size;
}

std::size_t DescriptorEnd::write(std::span<const iovec> pieces, ErrorCode& error) {
  iovec small{};
  if (kind_ == Kind::polled) {
    if (poll(POLLOUT) == 0) {
      error = asio::error::would_block;
      return 0;
    }
    // A pipe that says it is ready takes this much without waiting.
    small = {pieces.front().iov_base, std::min<std::size_t>(pieces.front().iov_len, PIPE_BUF)};
    pieces = {&small, 1};
  }
  return retried(
      [&] {
        return kind_ == Kind::socket ? sendWithoutWaiting(descriptor_, pieces)
                                     : writeWithoutSignal(descriptor_, pieces);
      },
      error);
}

short DescriptorEnd::poll(short events) const {
  pollfd asked{descriptor_, events, 0};
  int found = 0;
  do {
    found = ::poll(&asked, 1, 0);
  } while (found < 0 && errno == EINTR);
  return found > 0 ? asked.revents : short{};
}

void DescriptorEnd::shutdownWrite() {
  if (isSocket()) ::shutdown(descriptor_, SHUT_WR);
}

void DescriptorEnd::close() {
  watch_.reset();
  watched_ = UniqueDescriptor();
  descriptor_ = -1;
}

}  // namespace plait::detail
