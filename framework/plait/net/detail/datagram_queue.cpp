#include <plait/net/detail/datagram_queue.hpp>

namespace plait::detail {

bool DatagramQueue::push(BytesView datagram, const SocketAddress& to) {
  if (bytes_ > limit_ || datagram.size() > limit_ - bytes_ || limit_ == 0 ||
      waiting_.size() >= kMostWaiting) {
    ++dropped_;
    return false;
  }
  waiting_.push_back({Bytes(datagram), to});
  bytes_ += datagram.size();
  return true;
}

void DatagramQueue::clear() {
  waiting_.clear();
  bytes_ = 0;
}

}  // namespace plait::detail
