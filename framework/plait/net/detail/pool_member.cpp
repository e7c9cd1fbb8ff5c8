#include <plait/net/detail/adopting.hpp>
#include <plait/net/detail/pool_member.hpp>

namespace plait::detail {

bool PoolMember::handOver(AcceptedSocket accepted) {
  handedOver_->add();
  const std::lock_guard lock(mutex_);
  accepted_.push_back(std::move(accepted));
  return accepted_.size() == 1;
}

std::vector<AcceptedSocket> PoolMember::takeAccepted() {
  const std::lock_guard lock(mutex_);
  return std::exchange(accepted_, {});
}

void PoolMember::dropAccepted() {
  for (std::size_t n = takeAccepted().size(); n > 0; --n) handedOver_->remove();
}

void PoolMember::addPort(const std::shared_ptr<ListeningPort>& port) {
  std::erase_if(ports_, [](const auto& each) { return each.expired(); });
  ports_.push_back(port);
}

void PoolMember::closePorts() {
  for (const auto& each : std::exchange(ports_, {})) {
    if (const auto port = each.lock()) port->stopListening();
  }
}

void PoolMember::serveAccepted() {
  for (AcceptedSocket& each : takeAccepted()) {
    bool served = false;
    loop->guarded("serving a connection", [&] {
      served = !loop->stopping && serveSocket(*loop, std::move(each.socket), each.peer, each.host,
                                              *each.factory, each.options, handedOver_);
    });
    if (!served) handedOver_->remove();
  }
}

}  // namespace plait::detail
