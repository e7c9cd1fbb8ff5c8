// FrameBuffer beside a string that holds what it should: any operations, in any order that its
// contract allows, have the same results; views are good for as long as promised.
//
// Input: operations, a choice each (see Trial::step), and what each asks for behind it.
#include <algorithm>
#include <memory>
#include <plait/core/frame_buffer.hpp>
#include <vector>

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
      check(buffer_.firstPiece().empty() == model_.empty(), "the first piece is empty or not");
      checkEqual(handed_, handedCopy_, "a view that was handed out");
    }
    if (pinned_) buffer_.unpin();
    checkEqual(buffer_.all(), model_, "everything, at the end");
  }

 private:
  void step() {
    switch (choices_.upTo(9)) {
      case 0:
        return append();
      case 1:
        return keep();
      case 2:
        return front(false);
      case 3:
        return front(true);
      case 4:
        return consume(choices_.upTo(std::min<std::size_t>(model_.size(), 255)));
      case 5:
        return find();
      case 6:
        return takeAll();
      case 7:
        return giveBack();
      case 8:
        return pinned_ ? unpin() : pin();
      case 9:
        return consume(model_.size());
    }
  }

  void append() {
    const BytesView bytes = choices_.bytes(choices_.upTo(255));
    lent_.emplace_back(new char[bytes.size()]);
    bytes.copy(lent_.back().get(), bytes.size());
    buffer_.append({lent_.back().get(), bytes.size()});
    model_ += bytes;
    if (pinned_) {
      appendedWhilePinned_ = true;
    } else {
      hand({});
    }
  }
  void keep() {
    if (pinned_) return;
    buffer_.keep();
    hand({});
    lent_.clear();
  }
  void front(bool takes) {
    if (pinned_) return;
    const std::size_t count = choices_.upTo(std::min<std::size_t>(model_.size(), 255));
    hand(takes ? buffer_.take(count) : buffer_.front(count));
    checkEqual(handed_, BytesView(model_).substr(0, count), "the first bytes");
    if (takes) model_.erase(0, count);
  }
  void consume(std::size_t count) {
    buffer_.consume(count);
    model_.erase(0, count);
  }
  void find() {
    const std::size_t from = choices_.upTo(255);
    const BytesView pattern = choices_.bytes(1 + choices_.upTo(3));
    if (pattern.empty()) return;
    check(buffer_.find(pattern, from) == model_.find(pattern, from), "where a pattern begins");
  }
  void takeAll() {
    checkEqual(buffer_.takeAll(), model_, "everything, taken out");
    model_.clear();
  }
  void giveBack() {
    const BytesView back =
        handed_.substr(choices_.upTo(std::min<std::size_t>(handed_.size(), 255)));
    const Bytes bytes(back);
    const bool taken = buffer_.giveBack(back);
    check(!taken || model_.empty(), "bytes are given back to a buffer that is not empty");
    if (!taken) return;
    model_ = bytes;
    checkEqual(handed_, handedCopy_, "a view, a part of which is given back");
    hand(back);
  }
  void pin() {
    buffer_.pin();
    pinned_ = true;
    appendedWhilePinned_ = false;
  }
  void unpin() {
    checkEqual(handed_, handedCopy_, "a view that was handed out before the pinning");
    buffer_.unpin();
    pinned_ = false;
    if (appendedWhilePinned_) hand({});
  }

  void hand(BytesView view) {
    handed_ = view;
    handedCopy_ = view;
  }

  Choices choices_;
  FrameBuffer buffer_;
  Bytes model_;
  std::vector<std::unique_ptr<char[]>> lent_;  // chunks since the last keep
  BytesView handed_;                           // the view that must still be good
  Bytes handedCopy_;
  bool pinned_ = false;
  bool appendedWhilePinned_ = false;
};

void tryBuffer(BytesView input) {
  Trial(input).run();
}

const Target target("frame_buffer", tryBuffer);

}  // namespace
}  // namespace plait::fuzz
