#include <plait/deferred/concurrency_primitive.hpp>
#include <stdexcept>

namespace plait {

// --- Held ----------------------------------------------------------------------------------------

Held::Held(detail::TokenPool& pool) noexcept : pool_(&pool) {
  pool.retain();
}

Held& Held::operator=(Held&& other) noexcept {
  Held former = std::move(*this);
  pool_ = std::exchange(other.pool_, nullptr);
  return *this;
}

void Held::release() noexcept {
  if (!pool_) return;
  detail::TokenPool& pool = *std::exchange(pool_, nullptr);
  pool.giveBack();
  pool.release();
}

void Held::keep() noexcept {
  std::exchange(pool_, nullptr)->release();
}

namespace detail {

// --- TokenPool -----------------------------------------------------------------------------------

TokenPool::TokenPool(std::size_t tokens) : limit_(tokens), free_(tokens) {
  if (tokens < 1) throw std::invalid_argument("a DeferredSemaphore needs at least one token");
}

bool TokenPool::takeNow() noexcept {
  if (available() == 0) return false;
  --free_;
  return true;
}

Deferred<void> TokenPool::acquire(std::source_location where) {
  if (takeNow()) return succeed(where);
  return waiting_.add(where).addCallback([](Held&& held) { held.keep(); });
}

Deferred<Held> TokenPool::hold(std::source_location where) {
  if (takeNow()) return succeed(Held(*this), where);
  return waiting_.add(where);
}

bool TokenPool::giveBack() noexcept {
  if (free_ == limit_) return false;
  ++free_;
  if (serving_) return true;  // the loop below, further up the stack, goes on with it
  const ChainRef<TokenPool> keep(this);
  serving_ = true;
  while (free_ > 0 && !waiting_.empty() && !waiting_.closed()) {
    --free_;
    waiting_.fire(Held(*this));
  }
  serving_ = false;
  return true;
}

// --- ConcurrencyPrimitive ------------------------------------------------------------------------

void ConcurrencyPrimitive::release() {
  if (!pool_->giveBack()) throw std::logic_error("release: nobody has acquired it");
}

}  // namespace detail
}  // namespace plait
