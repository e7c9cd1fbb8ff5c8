#include <plait/deferred/gathering.hpp>

namespace plait::detail {

/// The link at the end of one source. Lives in the Gathering, and keeps it until it has run or was
/// dropped.
class Gathering::Source final : public Link {
 public:
  void attach(Gathering& gathering, Chain& source) noexcept {
    gathering_ = &gathering;
    source_ = &source;
    gathering.self_.retain();
  }

  Chain* run(Chain& source) override {
    source_ = nullptr;
    Chain& self = gathering_->self_;
    if (report(source)) return &self;
    self.release();
    return nullptr;
  }
  void drop() noexcept override {
    source_ = nullptr;
    lost_ = true;
    gathering_->self_.release();
  }
  void clear() noexcept override {}

  void cancel() {
    if (source_) {
      source_->cancel();
    } else if (std::exchange(lost_, false)) {
      if (gathering_->failed(index(), CancelledError())) gathering_->self_.run();
    }
  }

 private:
  std::size_t index() const noexcept { return this - gathering_->sources_.get(); }

  bool report(Chain& source) {
    if (!source.failed()) {
      try {
        return gathering_->succeeded(index(), source);
      } catch (...) {
        return gathering_->failed(index(), Failure());
      }
    }
    const Failure failure = source.failure();
    if (gathering_->consumeErrors_) source.leaveNothing();
    return gathering_->failed(index(), failure);
  }

  Gathering* gathering_ = nullptr;
  Chain* source_ = nullptr;  // while it has no result
  bool lost_ = false;        // it ended without one
};

Gathering::Gathering(Chain& self, std::size_t count, bool consumeErrors)
    : self_(self),
      sources_(std::make_unique<Source[]>(count)),
      count_(count),
      consumeErrors_(consumeErrors) {}

Gathering::~Gathering() = default;

void Gathering::waitFor(Chain& source, TypeTag left) {
  Source& link = sources_[added_++];
  link.attach(*this, source);
  source.add(link, left);
}

void Gathering::cancelSources() {
  if (std::exchange(cancelling_, true)) return;  // a canceller cancels what it is cancelled by
  for (std::size_t i = 0; i < added_; ++i) sources_[i].cancel();
  cancelling_ = false;
}

}  // namespace plait::detail
