#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "links.hpp"
#include "reactor_link.hpp"

namespace plait::testing {

namespace {

/// The ends of a pipe, closed at the end.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw std::system_error(errno, std::system_category());
  }
  Pipe(const Pipe&) = delete;
  ~Pipe() {
    for (int end : ends_) ::close(end);
  }
  int input() const { return ends_[0]; }
  int output() const { return ends_[1]; }

 private:
  int ends_[2];
};

/// Two pipes, one in each direction.
class PipeLink final : public ReactorLink {
 public:
  using ReactorLink::ReactorLink;

  void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
               const TransportOptions& options) override {
    const Pipe there, back;
    reactor().standardIO(std::move(server),
                         {.input = there.input(), .output = back.output(), .transport = options});
    reactor().standardIO(std::move(client),
                         {.input = back.input(), .output = there.output(), .transport = options});
  }
};

}  // namespace

std::unique_ptr<Link> makePipeLink(Log& log) {
  return std::make_unique<PipeLink>(log);
}

}  // namespace plait::testing
