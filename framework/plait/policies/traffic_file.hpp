#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <plait/core/bytes.hpp>
#include <plait/core/log.hpp>
#include <string>

namespace plait {

/// A file that traffic is recorded in. Keeps up to 64 KiB before it writes. Writing that fails
/// (a full disk) ends the recording with one line in the log; nobody else notices. A write may
/// block, as those to files do.
///
/// Thread: any.
class TrafficFile {
 public:
  enum class Begin { now, later };

  /// Begins the file anew; at once, or when `begin` is called: until then it keeps what it holds,
  /// and all that is written waits. std::system_error when it cannot be opened, naming it.
  explicit TrafficFile(std::string path, Log& log = standardLog(), Begin when = Begin::now);
  TrafficFile(const TrafficFile&) = delete;
  ~TrafficFile();

  /// Empties the file, and lets what is written come; without an effect when that is so already.
  void begin();

  /// The bytes follow one another, whoever else writes.
  void write(BytesView data);
  void flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void writeOut();

  const std::string path_;
  Log& log_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;  // null: it has failed
  bool begun_ = false;
  Bytes buffer_;
};

}  // namespace plait
