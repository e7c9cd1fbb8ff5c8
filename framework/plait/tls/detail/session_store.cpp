#include <ctime>
#include <plait/tls/detail/session_store.hpp>

namespace plait::detail {
namespace {

bool usable(const SSL_SESSION* session) {
  const long age = static_cast<long>(std::time(nullptr)) - SSL_SESSION_get_time(session);
  return SSL_SESSION_is_resumable(session) && age >= 0 && age < SSL_SESSION_get_timeout(session);
}

bool singleUse(const SSL_SESSION* session) {
  return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

}  // namespace

void SessionStore::keep(SessionPtr session) {
  const std::lock_guard lock(mutex_);
  if (!singleUse(session.get())) sessions_.clear();  // one is enough: it stays
  sessions_.push_back(std::move(session));
  if (sessions_.size() > most) sessions_.pop_front();
}

SessionPtr SessionStore::take() {
  const std::lock_guard lock(mutex_);
  while (!sessions_.empty()) {
    SessionPtr newest = std::move(sessions_.back());
    sessions_.pop_back();
    if (!usable(newest.get())) continue;
    if (!singleUse(newest.get())) {
      SSL_SESSION_up_ref(newest.get());
      sessions_.emplace_back(newest.get());
    }
    return newest;
  }
  return nullptr;
}

}  // namespace plait::detail
