#include <optional>
#include <plait/core/errors.hpp>
#include <plait/file/file_sender.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

namespace {

/// Owns itself while the transfer goes on.
class Transfer final : public PullProducer {
 public:
  static Deferred<std::uint64_t> start(std::unique_ptr<std::istream> file, Transport& transport,
                                       FileSenderOptions options) {
    const auto sender =
        std::shared_ptr<Transfer>(new Transfer(std::move(file), transport, std::move(options)));
    sender->self_ = sender;
    Deferred<std::uint64_t> done = *sender->done_;
    try {
      transport.registerProducer(*sender);
    } catch (...) {
      sender->finish(Failure());
    }
    return done;
  }

  void resumeProducing() override {
    const auto keep = self_;
    if (!keep) return;
    try {
      sendChunk();
    } catch (...) {
      unregisterAndFinish(Failure());
    }
  }
  void stopProducing() override {
    finish(Failure(ConnectionLost("the connection ended before the whole file was sent")));
  }

 private:
  Transfer(std::unique_ptr<std::istream> file, Transport& transport, FileSenderOptions options)
      : file_(std::move(file)), transport_(transport), options_(std::move(options)) {
    done_.emplace([this](Deferred<std::uint64_t>&) {
      transport_.unregisterProducer();
      finish(Failure(CancelledError()));
    });
  }

  void sendChunk() {
    Bytes chunk;
    while (chunk.empty()) {  // without a byte written the transport would not ask again
      chunk.resize(options_.chunkSize);
      file_->read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
      if (file_->bad()) throw std::ios_base::failure("reading a file to send");
      chunk.resize(static_cast<std::size_t>(file_->gcount()));
      if (chunk.empty()) return unregisterAndFinish(sent_);
      sent_ += chunk.size();
      if (options_.transform) chunk = options_.transform(std::move(chunk));
      if (!self_) return;  // it has cancelled the transfer
    }
    transport_.write(std::move(chunk));
  }

  void unregisterAndFinish(Result<std::uint64_t> result) {
    if (self_) transport_.unregisterProducer();
    finish(std::move(result));
  }
  /// Once; may destroy this.
  void finish(Result<std::uint64_t> result) {
    const auto keep = std::exchange(self_, nullptr);
    if (!keep) return;
    auto done = *std::exchange(done_, std::nullopt);
    done.callback(std::move(result));
  }

  std::unique_ptr<std::istream> file_;
  Transport& transport_;
  FileSenderOptions options_;
  std::uint64_t sent_ = 0;
  std::optional<Deferred<std::uint64_t>> done_;
  std::shared_ptr<Transfer> self_;
};

}  // namespace

Deferred<std::uint64_t> FileSender::beginFileTransfer(std::unique_ptr<std::istream> file,
                                                      Transport& transport) {
  if (!file || !*file) {
    return fail<std::uint64_t>(
        Failure(std::ios_base::failure("beginFileTransfer: the file is not open")));
  }
  if (options_.chunkSize == 0) {
    return fail<std::uint64_t>(
        Failure(std::invalid_argument("beginFileTransfer: a chunk needs a byte at least")));
  }
  file->exceptions(std::ios_base::goodbit);  // the end of the file is not an error
  return Transfer::start(std::move(file), transport, std::move(options_));
}

}  // namespace plait
