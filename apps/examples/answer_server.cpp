// Answers questions, which end in '?' and may come in any pieces. The answers are the factory's,
// shared by all connections.

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>

#include <map>

#include "port_argument.hpp"

struct AnswerFactory : plait::Factory {
  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override;

  std::map<std::string, std::string, std::less<>> answers = {
      {"Beautiful is better than", "Ugly"},
      {"Explicit is better than", "Implicit"},
      {"Simple is better than", "Complex"},
  };
};

// A question is a line whose end is '?': the receiver does the cutting.
struct Answerer : plait::LineReceiver {
  Answerer() : LineReceiver({.delimiter = "?", .maxLength = 200}) {}

  void lineReceived(plait::BytesView question) override {
    while (question.starts_with(' ') || question.starts_with('\n')) question.remove_prefix(1);
    const auto& answers = factoryAs<AnswerFactory>().answers;
    const auto found = answers.find(question);
    transport().write(found == answers.end() ? "I do not know.\n" : found->second + ".\n");
  }
};

std::shared_ptr<plait::Protocol> AnswerFactory::buildProtocol(const plait::Address&) {
  return std::make_shared<Answerer>();
}

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenTCP(portArgument(argc, argv, 8000), std::make_shared<AnswerFactory>(),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
