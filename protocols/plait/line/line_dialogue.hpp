#pragma once

#include <plait/deferred/dialogue.hpp>
#include <plait/line/line_receiver.hpp>

namespace plait {

/// A line protocol that is one coroutine: `co_await lines.next()` gives a line, without its
/// delimiter. See Dialogue.
class LineDialogue : public Dialogue<LineReceiver> {
 public:
  using Dialogue::Dialogue;

 protected:
  Incoming<Bytes>& lines = incoming_;

 private:
  void lineReceived(BytesView line) final { incoming_.deliver(Bytes(line)); }
};

}  // namespace plait
