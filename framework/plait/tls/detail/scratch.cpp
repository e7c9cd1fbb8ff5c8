#include <plait/tls/detail/scratch.hpp>
#include <vector>

namespace plait::detail {

namespace {

/// More than that live at once only when TLS runs over TLS over TLS.
constexpr std::size_t kMostSpare = 4;

std::vector<std::unique_ptr<Scratch::Buffer>>& spares() {
  thread_local std::vector<std::unique_ptr<Scratch::Buffer>> buffers = [] {
    std::vector<std::unique_ptr<Scratch::Buffer>> none;
    none.reserve(kMostSpare);
    return none;
  }();
  return buffers;
}

}  // namespace

Scratch::Scratch() {
  auto& spare = spares();
  if (spare.empty()) {
    buffer_.reset(new Buffer);  // not make_unique, which would fill it with zeros
  } else {
    buffer_ = std::move(spare.back());
    spare.pop_back();
  }
}

Scratch::~Scratch() {
  auto& spare = spares();
  if (spare.size() < kMostSpare) spare.push_back(std::move(buffer_));
}

}  // namespace plait::detail
