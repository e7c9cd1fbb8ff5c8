#pragma once

#include <plait/deferred/dialogue.hpp>
#include <plait/netstring/netstring_receiver.hpp>

namespace plait {

/// A netstring protocol that is one coroutine: `co_await strings.next()` gives a string. See
/// Dialogue.
class NetstringDialogue : public Dialogue<NetstringReceiver> {
 public:
  using Dialogue::Dialogue;

 protected:
  Incoming<Bytes>& strings = incoming_;

 private:
  void stringReceived(BytesView string) final { incoming_.deliver(Bytes(string)); }
};

}  // namespace plait
