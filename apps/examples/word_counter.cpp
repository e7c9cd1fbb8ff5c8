// Counts the words on its command line: a child process, sort(1), is written to, and what it
// answers is read until it has ended. Exit status 1 when there is no sort.

#include <fmt/core.h>

#include <plait/core/process_protocol.hpp>
#include <plait/net/reactor.hpp>

struct Sort : plait::ProcessProtocol {
  Sort(plait::Reactor& reactor, std::vector<std::string> words)
      : reactor(reactor), words(std::move(words)) {}

  void connectionMade() override {
    for (const std::string& word : words) transport().write(word + "\n");
    transport().closeStdin();  // sort waits for the end of its input
  }
  void outReceived(plait::BytesView data) override { sorted += data; }
  void errReceived(plait::BytesView data) override { fmt::print(stderr, "sort: {}", data); }
  void processEnded(const plait::Failure& reason) override {
    if (reason.check<plait::ProcessDone>()) {
      count();
    } else {
      fmt::print(stderr, "{}\n", reason.getErrorMessage());
    }
    reactor.stop();
  }

  // Equal words are neighbours now.
  void count() const {
    std::string_view last;
    std::size_t times = 0;
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end + 1) {
      end = sorted.find('\n', begin);
      const auto word = std::string_view(sorted).substr(begin, end - begin);
      if (times > 0 && word != last) fmt::print("{} {}\n", std::exchange(times, 0), last);
      last = word;
      ++times;
    }
    if (times > 0) fmt::print("{} {}\n", times, last);
  }

  plait::Reactor& reactor;
  std::vector<std::string> words;
  plait::Bytes sorted;
};

int main(int argc, char** argv) {
  plait::Reactor reactor;
  try {
    reactor.spawnProcess(
        std::make_shared<Sort>(reactor, std::vector<std::string>(argv + 1, argv + argc)), "sort");
  } catch (const std::system_error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  reactor.run();
}
