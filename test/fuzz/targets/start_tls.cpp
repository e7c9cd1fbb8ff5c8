// startTLS in the middle of a stream of lines: no byte behind the line that asks for it is taken
// for what came encrypted, and none of TLS is lost, however the stream is cut.
//
// Input: the feeding (3 choices), the conversation (2: none), the ending, changes to the client's
// records, then lines; a line "STARTTLS" and the records are put behind them.
#include <plait/line/line_receiver.hpp>
#include <plait/tls/start_tls.hpp>

#include "../support/target.hpp"
#include "../support/tls_replay.hpp"

namespace plait::fuzz {
namespace {

struct Server : Noting<LineReceiver>, HandshakeListener {
  explicit Server(const Conversation& held) : Noting(LineOptions{}), held(held) {}

  void lineReceived(BytesView line) override {
    note(encrypted ? "encrypted " : "plain ", line, [&] {
      if (encrypted || line != "STARTTLS") return;
      encrypted = true;
      startTLS(*this, held.server);
    });
  }
  void handshakeCompleted() override {
    events.emplace_back("handshake");
    transport().write(held.serverText);
  }
  void connectionLost(const Failure& why) override {
    events.push_back(fmt::format("lost {}: {}", why.typeName(), why.getErrorMessage()));
  }

  void pauseProducing() override {
    paused = true;
    Noting::pauseProducing();
  }
  bool resume() {
    const bool was = std::exchange(paused, false);
    if (was) resumeProducing();
    return was;
  }

  const Conversation& held;
  bool encrypted = false;
  bool paused = false;
};

Events eventsOf(const Conversation& held, BytesView stream, const Feeding& feeding, Ending ending) {
  const auto server = std::make_shared<Server>(held);
  server->pauseEvery = feeding.pauseEvery;
  {
    LoneEnd end(End::server, server);
    end.resume = [&] { return server->resume(); };
    end.giveAll(stream, feeding, ending);
  }
  return server->events;
}

void checkEncrypted(const Events& events, BytesView said) {
  Bytes heard;
  bool shaken = false;
  for (const BytesView event : events) {
    shaken = shaken || event == "handshake";
    if (!event.starts_with("encrypted ")) continue;
    check(shaken, "a line counts as encrypted before the handshake");
    heard += Bytes(event.substr(BytesView("encrypted ").size())) + "\r\n";
  }
  check(said.starts_with(heard), "what is heard over TLS is what was said there");
}

void tryStream(BytesView input) {
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  const std::size_t number = choices.upTo(2);
  const auto ending = static_cast<Ending>(choices.upTo(kEndings - 1));
  const bool plain = number == 2;
  const Conversation& held = conversation(plain ? 0 : number);
  const Bytes records = plain ? Bytes() : changed(held.clientRecords, choices);
  Bytes stream(choices.rest());
  if (!plain) stream += "\r\nSTARTTLS\r\n" + records;

  const Events whole = eventsOf(held, stream, Feeding{}, ending);
  checkEncrypted(whole, held.clientText);
  checkEqual(eventsOf(held, stream, feeding, ending), whole, feeding.name());
}

const Target target("start_tls", tryStream);

}  // namespace
}  // namespace plait::fuzz
