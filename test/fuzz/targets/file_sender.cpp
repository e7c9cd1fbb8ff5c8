// FileSender: whatever becomes of the connection, the transfer ends once; the peer has the whole
// file when it has succeeded, else a beginning of it.
//
// Input: the sizes (of the file, a chunk, and what the wire holds), whether chunks are changed,
// then what happens, a choice each.
#include <plait/file/file_sender.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <sstream>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using testing::MemoryConnection;
using testing::RecordingProtocol;

class Trial {
 public:
  explicit Trial(BytesView input) : choices_(input) {}

  void run() {
    Bytes file(choices_.upTo(255), '\0');
    for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<char>('a' + i % 23);
    FileSenderOptions options{.chunkSize = 1 + choices_.upTo(63)};
    MemoryConnection::Options wire{.pipeCapacity = 1 + choices_.upTo(100),
                                   .largestChunk = 1 + choices_.upTo(50)};
    wire.log = &log_;
    Bytes expected = file;
    if (choices_.flag()) {
      options.transform = [](Bytes chunk) { return chunk + chunk.substr(0, 0); };
    } else if (choices_.flag()) {
      options.transform = [](Bytes) { return Bytes(); };
      expected.clear();
    }

    const auto sender = std::make_shared<RecordingProtocol>();
    const auto peer = std::make_shared<RecordingProtocol>();
    auto connection = std::make_unique<MemoryConnection>(clock_, sender, peer, wire);
    const auto transfer =
        FileSender(std::move(options))
            .beginFileTransfer(std::make_unique<std::istringstream>(file), sender->transport());
    transfer.addBoth([&](const Result<std::uint64_t>& result) {
      check(!over_, "the transfer ends twice");
      over_ = true;
      success_ = result.success();
      check(!success_ || result.value() == file.size(), "how many bytes were read");
    });
    while (!choices_.empty()) happen(*connection, transfer);
    if (!disturbed_) {
      connection->flush();
      check(success_, "a transfer that nothing disturbs");
      checkEqual(peer->data, expected, "the file");
    }
    connection.reset();
    check(over_, "the transfer does not end");
    checkEqual(peer->data, BytesView(expected).substr(0, peer->data.size()), "what came of it");
  }

 private:
  void happen(MemoryConnection& connection, const Deferred<std::uint64_t>& transfer) {
    switch (choices_.upTo(9)) {
      case 5:
        disturbed_ = true;
        return transfer.cancel();
      case 6:
        return connection.server().loseConnection();  // waits for the file
      case 7:
        disturbed_ = true;
        return connection.server().abortConnection();
      case 8:
        disturbed_ = true;
        return connection.client().loseConnection();
      case 9:
        disturbed_ = true;
        return connection.cut();
      default:
        connection.pump();
    }
  }

  Choices choices_;
  Log log_{LogLevel::critical};
  testing::Clock clock_;
  bool over_ = false, success_ = false, disturbed_ = false;
};

void tryFile(BytesView input) {
  Trial(input).run();
}

const Target target("file_sender", tryFile);

}  // namespace
}  // namespace plait::fuzz
