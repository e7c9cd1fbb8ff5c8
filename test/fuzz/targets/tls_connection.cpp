// TLS, on either side: what an end was told in a conversation that went well is told again,
// changed, cut and broken off. Any split gives the same events. What is delivered is what the peer
// has said, from its beginning; when it is not all of it, the loss does not look like a proper end.
//
// Input: the sizes of pieces, how often the receiver pauses (3 choices), the side (0: server, 1:
// client), the conversation, the ending, then changes; with the fifth conversation, the stream.
#include "../support/target.hpp"
#include "../support/tls_talker.hpp"

namespace plait::fuzz {
namespace {

/// Pauses in every so many-th call.
struct Pausing : TLSTalker {
  using TLSTalker::TLSTalker;
  void dataReceived(BytesView data) override {
    TLSTalker::dataReceived(data);
    if (pauseEvery != 0 && ++calls % pauseEvery == 0) {
      paused = true;
      transport().pauseProducing();
    }
  }
  bool resume() {
    if (paused) transport().resumeProducing();
    return std::exchange(paused, false);
  }

  std::size_t pauseEvery = 0;
  std::size_t calls = 0;
  bool paused = false;
};

struct Trial {
  End side;
  const Conversation& held;
  Bytes stream;
  Ending ending;
};

Events eventsOf(const Trial& trial, const Feeding& feeding) {
  Events events;
  const auto talker = std::make_shared<Pausing>(events);
  talker->says = trial.held.saidBy(trial.side);
  talker->pauseEvery = feeding.pauseEvery;
  {
    LoneEnd end(trial.side, talkingTLS(trial.side, trial.held, talker));
    end.resume = [&] { return talker->resume(); };
    end.giveAll(trial.stream, feeding, trial.ending);
  }
  return events;
}

void checkHeard(const Events& events, BytesView said) {
  check(events.size() >= 3 && events.front() == "made", "a connection is made, and lost");
  const BytesView lost = events.back();
  check(lost.starts_with("lost "), "a loss comes last");
  const BytesView heard = BytesView(events[events.size() - 2]).substr(BytesView("heard ").size());
  check(said.starts_with(heard), "what is heard is what was said");
  check(heard.empty() || events[1] == "handshake", "nothing is heard before the handshake");
  const bool properEnd = lost.starts_with("lost plait::ConnectionDone");
  check(!properEnd || events[1] != "handshake" || heard == said,
        "a conversation that was cut off looks as if it had ended");
}

void tryConversation(BytesView input) {
  Choices choices(input);
  Feeding feeding = Feeding::chosenBy(choices);
  const End side = choices.upTo(1) == 0 ? End::server : End::client;
  const std::size_t number = choices.upTo(kConversations);
  const auto ending = static_cast<Ending>(choices.upTo(kEndings - 1));
  const bool garbage = number == kConversations;
  const Conversation& held = conversation(garbage ? 0 : number);
  const End other = side == End::server ? End::client : End::server;
  const Bytes stream = garbage ? Bytes(choices.rest()) : changed(held.recordsBy(other), choices);
  if (stream.size() > 10000) {  // pieces in proportion
    feeding.first *= 101;
    feeding.second *= 101;
  }
  const Trial trial{side, held, stream, ending};

  const Events whole = eventsOf(trial, Feeding{});
  checkHeard(whole, garbage ? Bytes() : held.saidBy(other));
  checkEqual(eventsOf(trial, feeding), whole, feeding.name());
  if (!garbage && stream == held.recordsBy(other)) {
    check(whole.back().starts_with("lost plait::ConnectionDone"), "what is not changed goes well");
  }
}

const Target target("tls_connection", tryConversation);

}  // namespace
}  // namespace plait::fuzz
