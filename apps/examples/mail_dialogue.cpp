// A mail server whose dialogue is one coroutine: what is said next is what is written next. While
// a mail is delivered, nothing is read: a client that sends more is slowed down, not buffered.

#include <plait/deferred/defer_later.hpp>
#include <plait/line/line_dialogue.hpp>
#include <plait/net/reactor.hpp>

#include <strings.h>

#include "port_argument.hpp"

struct Mail {
  std::string from = {}, to = {};
  std::size_t lines = 0;
};

bool begins(const std::string& line, const std::string& with) {
  return strncasecmp(line.c_str(), with.c_str(), with.size()) == 0;
}

struct MailDialogue : plait::LineDialogue {
  explicit MailDialogue(plait::Reactor& reactor) : reactor(reactor) {}

  plait::Deferred<void> dialogue() override {
    sendLine("220 Good day");
    Mail mail;
    for (;;) {
      const std::string line = co_await lines.next();
      if (begins(line, "HELO ")) {
        sendLine("250 Hello, " + line.substr(5));
      } else if (begins(line, "MAIL FROM:")) {
        mail = {.from = line.substr(10)};
        sendLine("250 Sender noted");
      } else if (begins(line, "RCPT TO:") && !mail.from.empty()) {
        mail.to += " " + line.substr(8);
        sendLine("250 Recipient noted");
      } else if (begins(line, "DATA") && !mail.to.empty()) {
        sendLine("354 End it with a dot");
        while (co_await lines.next() != ".") ++mail.lines;
        co_await deliver(mail);
        sendLine("250 Delivered");
        mail = {};
      } else if (begins(line, "QUIT")) {
        sendLine("221 Good bye");
        co_return;
      } else {
        sendLine("503 Not now");
      }
    }
  }

  // As slow as a disk with much to do.
  plait::Deferred<void> deliver(Mail mail) {
    co_await plait::deferLater(reactor, std::chrono::milliseconds(50));
    fmt::print("mail from {} to{}: {} lines\n", mail.from, mail.to, mail.lines);
    std::fflush(stdout);
  }

  plait::Reactor& reactor;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  auto port = reactor.listenTCP(portArgument(argc, argv, 8025),
                                plait::Factory::forProtocol<MailDialogue>(std::ref(reactor)),
                                {.interface = "127.0.0.1"});
  fmt::print("listening on {}\n", port->getHost());
  std::fflush(stdout);
  reactor.run();
}
