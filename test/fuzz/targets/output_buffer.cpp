// OutputBuffer beside a string that holds what it should: whatever is appended, in whichever way,
// comes out in order and once.
//
// Input: operations, a choice each (see Trial::step), and what each asks for behind it.
#include <algorithm>
#include <memory>
#include <plait/core/output_buffer.hpp>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

class Trial {
 public:
  explicit Trial(BytesView input) : choices_(input) {}

  void run() {
    while (!choices_.empty()) {
      step();
      check(buffer_.size() == model_.size(), "the size");
      check(buffer_.empty() == model_.empty(), "emptiness");
      checkFront();
    }
    while (!buffer_.empty()) consume(buffer_.firstPiece().size());
    check(model_.empty(), "bytes are left");
  }

 private:
  void step() {
    switch (choices_.upTo(7)) {
      case 0:
        return append([this](const Bytes& bytes) { buffer_.append(BytesView(bytes)); });
      case 1:
        return append([this](Bytes bytes) { buffer_.append(std::move(bytes)); });
      case 2:
        return append(
            [this](const Bytes& bytes) { buffer_.append(std::make_shared<const Bytes>(bytes)); });
      case 3:
        return append([this](BytesView bytes) {
          const std::size_t first = choices_.upTo(255) % (bytes.size() + 1);
          const BytesView pieces[] = {bytes.substr(0, first), {}, bytes.substr(first)};
          buffer_.append(pieces, bytes.size());
        });
      case 4:
        return append([this](BytesView bytes) {
          const std::size_t fits = std::min(bytes.size(), buffer_.roomSize());
          std::copy_n(bytes.data(), fits, buffer_.room());
          buffer_.commit(fits);
          buffer_.append(bytes.substr(fits));
        });
      case 5:
        return consume(std::min(size(), model_.size()));
      case 6:
        buffer_.clear();
        model_.clear();
        return;
      case 7:
        return consume(buffer_.firstPiece().size());
    }
  }

  /// From nothing to twice a block, and mostly near a border.
  std::size_t size() {
    constexpr std::size_t kBorders[] = {0, BlockPool::kBlockSize - 8, OutputBuffer::kLarge - 8,
                                        2 * BlockPool::kBlockSize - 8};
    return kBorders[choices_.upTo(3)] + choices_.upTo(16);
  }
  template <class Append>
  void append(Append&& to) {
    Bytes bytes(size(), '\0');
    for (char& byte : bytes) byte = static_cast<char>(next_++ % 251);
    model_ += bytes;
    to(bytes);
  }
  void consume(std::size_t count) {
    buffer_.consume(count);
    model_.erase(0, count);
  }
  void checkFront() {
    BytesView pieces[3];
    Bytes gathered;
    const std::size_t count = buffer_.gather({pieces, 1 + choices_.upTo(2)});
    for (std::size_t i = 0; i < count; ++i) gathered += pieces[i];
    checkEqual(gathered, BytesView(model_).substr(0, gathered.size()), "the first pieces");
    const BytesView first = buffer_.firstPiece();
    check(first.empty() == model_.empty(), "the first piece is empty or not");
    checkEqual(first, BytesView(model_).substr(0, first.size()), "the first piece");
  }

  Choices choices_;
  BlockPool pool_;
  OutputBuffer buffer_{pool_};
  Bytes model_;
  unsigned next_ = 0;
};

void tryBuffer(BytesView input) {
  Trial(input).run();
}

const Target target("output_buffer", tryBuffer);

}  // namespace
}  // namespace plait::fuzz
