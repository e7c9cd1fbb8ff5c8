// Whether sendfile(2) would serve plait's file sender better than reading and writing: the CPU time
// of the sending thread for a file in the page cache, over loopback, the ways taking turns.

#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr off_t kSize = 256 << 20;
constexpr int kRounds = 5;

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::system_category(), what);
  return result;
}

double processorSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// A temporary file without a name.
int makeFile() {
  std::FILE* file = std::tmpfile();
  if (!file) check(-1, "tmpfile");
  const std::string block(1 << 20, 'x');
  for (off_t at = 0; at < kSize; at += static_cast<off_t>(block.size())) {
    std::fwrite(block.data(), 1, block.size(), file);
  }
  std::fflush(file);
  return ::fileno(file);  // the program's end closes it
}

/// A non-blocking socket whose other end reads all there is, in a thread.
class Connection {
 public:
  Connection() {
    const int listener = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener, generic, size), "bind");
    check(::listen(listener, 1), "listen");
    check(::getsockname(listener, generic, &size), "getsockname");
    const int peer = check(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(::connect(peer, generic, size), "connect");
    socket = check(::accept(listener, nullptr, nullptr), "accept");
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    ::close(listener);
    reader_ = std::thread([peer] {
      std::vector<char> buffer(1 << 20);
      while (::recv(peer, buffer.data(), buffer.size(), 0) > 0) {
      }
      ::close(peer);
    });
  }
  ~Connection() {
    ::close(socket);
    reader_.join();
  }
  void waitUntilWritable() const {
    pollfd waiting{socket, POLLOUT, 0};
    ::poll(&waiting, 1, -1);
  }

  int socket;

 private:
  std::thread reader_;
};

void sendByKernel(int file, const Connection& to) {
  for (off_t at = 0; at < kSize;) {
    if (::sendfile(to.socket, file, &at, 1 << 20) < 0) to.waitUntilWritable();
  }
}

void readAndSend(int file, const Connection& to, std::size_t chunk) {
  std::vector<char> buffer(chunk);
  for (off_t at = 0; at < kSize;) {
    const auto got = static_cast<std::size_t>(
        check(static_cast<int>(::pread(file, buffer.data(), chunk, at)), "pread"));
    for (std::size_t sent = 0; sent < got;) {
      const auto now = ::send(to.socket, buffer.data() + sent, got - sent, MSG_NOSIGNAL);
      if (now < 0) {
        to.waitUntilWritable();
      } else {
        sent += static_cast<std::size_t>(now);
      }
    }
    at += static_cast<off_t>(got);
  }
}

}  // namespace

int main() {
  const int file = makeFile();
  const std::vector<std::size_t> chunks{0, 16 << 10, 64 << 10, 256 << 10};  // 0: sendfile
  std::vector<std::vector<double>> seconds(chunks.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t way = 0; way < chunks.size(); ++way) {
      const Connection connection;
      const double begin = processorSeconds();
      if (chunks[way] == 0) {
        sendByKernel(file, connection);
      } else {
        readAndSend(file, connection, chunks[way]);
      }
      seconds[way].push_back(processorSeconds() - begin);
    }
  }
  fmt::print("sending 256 MiB, {} rounds      ms of CPU    ratio\n", kRounds);
  double base = 0;
  for (std::size_t way = 0; way < chunks.size(); ++way) {
    auto& all = seconds[way];
    std::sort(all.begin(), all.end());
    const double median = all[all.size() / 2] * 1e3;
    if (way == 0) base = median;
    const std::string name =
        chunks[way] == 0 ? "sendfile" : fmt::format("read and send {} KiB", chunks[way] >> 10);
    fmt::print("{:<30} {:>10.1f} {:>8.2f}\n", name, median, median / base);
  }
}
