#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <plait/net/detail/system_resolver.hpp>
#include <thread>

namespace plait::detail {

namespace {

constexpr int kMostThreads = 4;

SystemResolver::Result getAddresses(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return {{}, gai_strerror(error)};

  SystemResolver::Result result;
  for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
    TcpEndpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    result.addresses.push_back(toAddress(endpoint));
  }
  freeaddrinfo(list);
  if (result.addresses.empty()) result.error = "no addresses";
  return result;
}

}  // namespace

/// What the threads and the loop share; lives until the last of them has gone.
struct SystemResolver::Shared {
  struct Job {
    std::string host;
    std::uint64_t id;
  };
  using Work = asio::executor_work_guard<Executor>;

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> jobs;
  Loop* loop = nullptr;                // null once the reactor is gone
  SystemResolver* resolver = nullptr;  // as long as `loop` is set, and not closed
  // A context with a lookup under way is not idle. Not kept in the jobs, for a thread may come back
  // from one after the context has gone.
  std::optional<Work> work;
  int underWay = 0;
  int threads = 0;
  int idle = 0;
};

SystemResolver::SystemResolver(Loop& loop) : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->resolver = this;
}

SystemResolver::~SystemResolver() {
  std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
  shared_->work.reset();
  shared_->jobs.clear();
  shared_->wake.notify_all();
}

void SystemResolver::lookUp(std::string host, Callback done) {
  std::lock_guard lock(shared_->mutex);
  const std::uint64_t id = nextID_++;
  callbacks_.emplace(id, std::move(done));
  shared_->jobs.push_back({std::move(host), id});
  if (shared_->underWay++ == 0) shared_->work.emplace(shared_->loop->context().get_executor());
  if (shared_->idle == 0 && shared_->threads < kMostThreads) {
    std::thread(work, shared_).detach();
    ++shared_->threads;
  }
  shared_->wake.notify_one();
}

void SystemResolver::finished(std::uint64_t id, Result result) {
  auto callback = callbacks_.extract(id);
  if (callback) callback.mapped()(std::move(result));
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
    auto job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    Result result = getAddresses(job.host);
    lock.lock();
    if (!shared->loop) return;
    shared->loop->post("a name lookup's callback", [resolver = shared->resolver, id = job.id,
                                                    result = std::move(result)]() mutable {
      resolver->finished(id, std::move(result));
    });
    if (--shared->underWay == 0) shared->work.reset();
  }
}

}  // namespace plait::detail
