#include <fcntl.h>

#include <cerrno>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/poller.hpp>

namespace plait::detail {

namespace {

using namespace std::chrono_literals;

/// How long it stays before the rest of the context has its turn.
constexpr Duration kStay = 250us;

/// Turns that it does not look after, when looking has been in vain more often than not.
constexpr int kLookPause = 64;
constexpr int kMostLookScore = 8;

}  // namespace

/// Asio tells its services of a fork, so this is one: the pollers of a context.
class Poller::Forks : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit Forks(asio::execution_context& context) : service(context) {}
  std::vector<Poller*> pollers;

 private:
  void shutdown() noexcept override { pollers.clear(); }
  void notify_fork(asio::execution_context::fork_event event) override {
    if (event != asio::execution_context::fork_child) return;
    for (Poller* poller : pollers) poller->forked();
  }
};

asio::execution_context::id Poller::Forks::id;

Poller::Poller(Loop& loop, bool mayStay)
    : loop_(loop), descriptor_(loop.context().get_executor()), mayStay_(mayStay) {
  assign();
  asio::use_service<Forks>(loop.context()).pollers.push_back(this);
}

void Poller::assign() {
  UniqueDescriptor copy(::fcntl(set_.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!copy) throw std::system_error(errno, std::system_category(), "cannot copy an epoll set");
  descriptor_.assign(copy.get());
  copy.release();
}

void Poller::add(int fd, Watched& watched, std::uint32_t events) {
  set_.add(fd, watched, events);
  arm();
}

void Poller::forget(int fd) {
  set_.forget(fd);
  disarmIfIdle();
}

void Poller::remove(int fd) {
  set_.remove(fd);
  disarmIfIdle();
}

void Poller::forked() {
  ErrorCode ignored;
  descriptor_.close(ignored);  // ends the wait for the parent's set
  set_.renew();
  assign();
}

void Poller::close() {
  ErrorCode ignored;
  std::erase(asio::use_service<Forks>(loop_.context()).pollers, this);
  descriptor_.close(ignored);
}

void Poller::arm() {
  if (armed_ || serving_ || set_.size() == 0 || loop_.closed()) return;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this, loop = loop_.shared_from_this()](ErrorCode) {
                           armed_ = false;
                           if (!loop->closed()) serve();
                         });
  armed_ = true;  // not before: there may be no memory for it
}

/// Nothing must keep the user's context busy when nothing is watched.
void Poller::disarmIfIdle() {
  ErrorCode ignored;
  if (set_.size() == 0 && armed_) descriptor_.cancel(ignored);
}

/// However serving ends, by an exception too, it goes on later.
struct Poller::Serving {
  explicit Serving(Poller& poller) : poller(poller) { poller.serving_ = true; }
  ~Serving() {
    poller.serving_ = false;
    if (poller.loop_.hasWork()) poller.loop_.postEndOfTurn();
    poller.arm();
  }
  Poller& poller;
};

void Poller::serve() {
  if (set_.size() == 0) return;
  const Serving serving(*this);
  const TimePoint leaveAt = loop_.now() + kStay;
  set_.dispatch();
  for (;;) {
    const bool more = loop_.hasWork();
    if (more) loop_.endOfTurn();
    if (!mayGoOn(leaveAt)) return;
    if (more || loop_.hasWork()) {
      set_.dispatch();
    } else if (!look()) {
      return;
    }
  }
}

/// False when somebody else wants his turn.
bool Poller::mayGoOn(TimePoint leaveAt) const {
  if (!mayStay_ || loop_.closed() || loop_.isWanted()) return false;
  const TimePoint now = loop_.now();
  return now < leaveAt && !loop_.timerDue(now);
}

/// Looks whether the next events have come already; false when there are none.
bool Poller::look() {
  if (lookPause_ > 0) {
    --lookPause_;
    return false;
  }
  if (set_.dispatch() > 0) {
    if (lookScore_ < kMostLookScore) ++lookScore_;
    return true;
  }
  if (--lookScore_ < 0) {
    lookScore_ = 0;
    lookPause_ = kLookPause;
  }
  return false;
}

}  // namespace plait::detail
