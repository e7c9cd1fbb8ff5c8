#include <plait/core/errors.hpp>
#include <plait/net/detail/connection.hpp>

namespace plait::detail {

void Connection::begin(std::shared_ptr<Protocol> protocol, std::shared_ptr<ConnectionOwner> owner) {
  self_ = shared_from_this();
  owner_ = std::move(owner);
  loop_->members.push_back(*this);
  start(std::move(protocol));
}

void Connection::lost(const Failure& reason) {
  unlink();
  Loop* loop = std::exchange(loop_, nullptr);
  if (owner_) std::exchange(owner_, nullptr)->connectionLost(reason);
  loop->descriptorFreed();
  if (uses_ == 0) self_.reset();  // the caller, finish(), still holds one
}

void Connection::broken() {
  Logger(log(), "plait.net").failure(Failure(), "its turn has failed, the connection is closed");
  failed(Failure());
}

void Connection::end() {
  failed(Failure(ConnectionAborted("Connection was aborted: its reactor has stopped.")));
}

}  // namespace plait::detail
