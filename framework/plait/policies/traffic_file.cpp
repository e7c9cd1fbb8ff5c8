#include <unistd.h>

#include <cerrno>
#include <plait/core/errors.hpp>
#include <plait/policies/traffic_file.hpp>

namespace plait {

namespace {

constexpr std::size_t kBuffer = 64 * 1024;

std::error_code lastError() {
  return {errno, std::generic_category()};
}

}  // namespace

TrafficFile::TrafficFile(std::string path, Log& log, Begin when)
    : path_(std::move(path)), log_(log), file_(std::fopen(path_.c_str(), "abe")) {
  if (!file_) throw std::system_error(lastError(), "cannot write " + path_);
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  if (when == Begin::now) begin();
}

TrafficFile::~TrafficFile() {
  flush();
}

void TrafficFile::begin() {
  const std::lock_guard lock(mutex_);
  if (!file_ || begun_) return;
  begun_ = true;
  // Fails for pipes and devices, which have nothing to empty.
  [[maybe_unused]] const int emptied = ::ftruncate(::fileno(file_.get()), 0);
}

void TrafficFile::write(BytesView data) {
  const std::lock_guard lock(mutex_);
  if (!file_) return;
  if (buffer_.size() + data.size() > kBuffer) writeOut();
  buffer_ += data;
  if (buffer_.size() > kBuffer) writeOut();
}

void TrafficFile::flush() {
  const std::lock_guard lock(mutex_);
  writeOut();
}

void TrafficFile::writeOut() {
  if (!file_ || !begun_ || buffer_.empty()) return;
  errno = 0;
  const bool complete =
      std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) == buffer_.size();
  buffer_.clear();
  if (complete) return;
  const std::error_code error = lastError();
  file_.reset();
  Logger(log_, "plait.policies")
      .error("cannot write {}: {}; traffic is recorded no more", path_, describe(error));
}

}  // namespace plait
