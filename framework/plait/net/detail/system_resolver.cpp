#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <plait/core/errors.hpp>
#include <plait/net/detail/system_resolver.hpp>
#include <set>
#include <thread>

namespace plait::detail {

namespace {

constexpr std::size_t kMostWorking = 4;
constexpr std::size_t kMostThreads = 32;
constexpr std::size_t kMostWaiting = 10000;

/// Appends what is found; returns why there is nothing.
std::string getAddresses(const std::string& host, int family, std::vector<Address>& found) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return gai_strerror(error);
  for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
    TcpEndpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    found.push_back(toAddress(endpoint));
  }
  freeaddrinfo(list);
  return found.empty() ? "no addresses" : "";
}

int systemFamily(AddressFamily family) {
  switch (family) {
    case AddressFamily::ipv4:
      return AF_INET;
    case AddressFamily::ipv6:
      return AF_INET6;
    case AddressFamily::any:
      break;
  }
  return AF_UNSPEC;
}

}  // namespace

/// What the threads and the loop share; lives until the last of them has gone.
struct SystemResolver::Shared {
  struct Job {
    std::uint64_t id;
    std::string host;
    int family;
  };
  using Work = asio::executor_work_guard<Executor>;

  /// Threads at work on what somebody waits for.
  std::size_t wantedThreads() const { return threads - idle - abandoned.size(); }
  void forget(std::uint64_t id) {
    if (std::erase_if(jobs, [id](const Job& job) { return job.id == id; }) == 0 &&
        underWay.count(id) != 0) {
      abandoned.insert(id);
    }
  }
  /// There is a lookup that no idle thread is about to take, and may be another thread. (One that
  /// was woken is idle until it runs.)
  bool needsThread() const {
    return jobs.size() > idle && wantedThreads() < kMostWorking && threads < kMostThreads;
  }
  static void startThread(const std::shared_ptr<Shared>& shared) {
    if (!shared->needsThread()) return;
    try {
      std::thread(&SystemResolver::work, shared).detach();
      ++shared->threads;
    } catch (const std::system_error&) {
      if (shared->threads == 0) throw;  // those there are will get to it
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> jobs;                // that no thread has taken yet
  std::set<std::uint64_t> underWay;    // in a thread
  std::set<std::uint64_t> abandoned;   // of these, what nobody waits for any more
  Loop* loop = nullptr;                // null once the reactor is gone
  SystemResolver* resolver = nullptr;  // as long as `loop` is set, and not closed
  // A context with a lookup that is waited for is not idle. Not kept in the jobs, for a thread may
  // come back from one after the context has gone.
  std::optional<Work> work;
  std::size_t threads = 0;
  std::size_t idle = 0;
};

SystemResolver::SystemResolver(Loop& loop) : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->resolver = this;
}

SystemResolver::~SystemResolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->resolver = nullptr;
  shared_->work.reset();
  shared_->jobs.clear();
  shared_->wake.notify_all();
}

Deferred<std::vector<Address>> SystemResolver::resolve(std::string host, AddressFamily family) {
  if (const Address literal = literalAddress(host, 0); literal != Address()) {
    Deferred<std::vector<Address>> answer;
    answer.callback(std::vector{literal});
    return answer;
  }
  const std::uint64_t id = nextID_++;
  // Whoever waits may outlive the reactor.
  Deferred<std::vector<Address>> answer(
      [weak = std::weak_ptr(shared_), id](Deferred<std::vector<Address>>&) {
        const auto shared = weak.lock();
        if (shared && shared->resolver) shared->resolver->forget(id);
      });

  const std::lock_guard lock(shared_->mutex);
  Shared& shared = *shared_;
  if (shared.jobs.size() >= kMostWaiting) {
    answer.errback(Failure(DNSLookupError(host, "too many lookups are waiting")));
    return answer;
  }
  try {
    shared.jobs.push_back({id, host, systemFamily(family)});
    asked_.emplace(id, Asked{host, answer});
    Shared::startThread(shared_);
  } catch (const std::exception& why) {  // there is no thread for it, or no memory
    std::erase_if(shared.jobs, [id](const auto& job) { return job.id == id; });
    asked_.erase(id);
    answer.errback(Failure(DNSLookupError(host, why.what())));
    return answer;
  }
  if (!shared.work) shared.work.emplace(shared.loop->context().get_executor());
  shared.wake.notify_one();
  return answer;
}

void SystemResolver::finished(std::uint64_t id, std::vector<Address> addresses,
                              const std::string& error) {
  auto asked = asked_.extract(id);
  if (!asked) return;
  if (asked_.empty()) {
    const std::lock_guard lock(shared_->mutex);
    shared_->work.reset();
  }
  auto& [host, answer] = asked.mapped();
  if (error.empty()) {
    answer.callback(std::move(addresses));
  } else {
    answer.errback(Failure(DNSLookupError(host, error)));
  }
}

void SystemResolver::forget(std::uint64_t id) {
  const std::lock_guard lock(shared_->mutex);
  shared_->forget(id);
  Shared::startThread(shared_);  // in the place of one that is stuck, for those that wait
  asked_.erase(id);
  if (asked_.empty()) shared_->work.reset();
}

void SystemResolver::work(std::shared_ptr<Shared> shared) {
  std::unique_lock lock(shared->mutex);
  while (shared->loop) {
    if (shared->jobs.empty()) {
      ++shared->idle;
      shared->wake.wait(lock);
      --shared->idle;
      continue;
    }
    const auto job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    shared->underWay.insert(job.id);
    lock.unlock();
    std::vector<Address> found;
    std::string error = getAddresses(job.host, job.family, found);
    lock.lock();
    shared->underWay.erase(job.id);
    const bool wanted = shared->abandoned.erase(job.id) == 0;
    if (!shared->loop || !wanted) continue;
    shared->loop->post(
        "a name lookup's callback",
        [resolver = shared->resolver, id = job.id, found = std::move(found),
         error = std::move(error)]() mutable { resolver->finished(id, std::move(found), error); });
  }
}

}  // namespace plait::detail
