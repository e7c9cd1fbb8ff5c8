#include "support/raw_descriptors.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace plait::testing {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void sendDescriptors(int socket, BytesView data, const std::vector<int>& descriptors) {
  const std::size_t size = descriptors.size() * sizeof(int);
  std::vector<char> control(CMSG_SPACE(size));
  iovec bytes{const_cast<char*>(data.data()), data.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(part), descriptors.data(), size);
  if (sendmsg(socket, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(data.size())) fail("sendmsg");
}

ReceivedDescriptors receiveDescriptors(int socket, std::size_t most) {
  ReceivedDescriptors received;
  received.data.resize(most);
  std::array<char, 4096> control;
  iovec bytes{received.data.data(), most};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  received.data.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size <= 0) return received;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    for (std::size_t at = 0; at + sizeof(int) <= part->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + at, sizeof descriptor);
      received.descriptors.emplace_back(descriptor);
    }
  }
  return received;
}

Pipe::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail("pipe");
  reading = Descriptor(ends[0]);
  writing = Descriptor(ends[1]);
}

bool Pipe::ended() const {
  char byte = 0;
  return read(reading.get(), &byte, 1) == 0;
}

Bytes Pipe::take() const {
  Bytes data(4096, '\0');
  const ssize_t size = read(reading.get(), data.data(), data.size());
  data.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return data;
}

void writeInto(int descriptor, BytesView text) {
  if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    fail("write");
  }
}

}  // namespace plait::testing
