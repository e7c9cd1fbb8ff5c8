#pragma once

#include <plait/deferred/dialogue.hpp>
#include <plait/intstring/int_n_string_receiver.hpp>

namespace plait {

/// A protocol of length-prefixed strings that is one coroutine: `co_await strings.next()` gives a
/// string. See Dialogue.
template <class Receiver>
class IntNStringDialogue : public Dialogue<Receiver> {
 public:
  using Dialogue<Receiver>::Dialogue;

 protected:
  Incoming<Bytes>& strings = this->incoming_;

 private:
  void stringReceived(BytesView string) final { this->incoming_.deliver(Bytes(string)); }
};

using Int8StringDialogue = IntNStringDialogue<Int8StringReceiver>;
using Int16StringDialogue = IntNStringDialogue<Int16StringReceiver>;
using Int32StringDialogue = IntNStringDialogue<Int32StringReceiver>;

}  // namespace plait
