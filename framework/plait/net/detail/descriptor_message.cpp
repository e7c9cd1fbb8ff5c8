#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <plait/net/detail/descriptor_message.hpp>

namespace plait::detail {

namespace {

/// The most that the system lets travel together (SCM_MAX_FD).
constexpr std::size_t kMostDescriptors = 253;
constexpr std::size_t kMostPieces = 64;

ErrorCode lastError() {
  return {errno, boost::system::system_category()};
}

template <class Call>
ssize_t untilConcludes(Call call) {
  ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

DescriptorMessage receiveMessage(int socket, std::span<char> buffer, ErrorCode& error) {
  // There may be other things beside the descriptors, on a socket that somebody else has set up.
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int)) + 512> control;
  iovec bytes{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();

  DescriptorMessage message;
  const ssize_t size =
      untilConcludes([&] { return ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
  if (size < 0) error = lastError();
  if (size == 0) error = asio::error::eof;
  if (size <= 0) return message;

  message.size = static_cast<std::size_t>(size);
  message.incomplete = (header.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
      message.descriptors.emplace_back(descriptor);
    }
  }
  return message;
}

std::size_t sendMessage(int socket, std::span<const BytesView> pieces, int descriptor,
                        ErrorCode& error) {
  std::array<iovec, kMostPieces> bytes;
  const std::size_t count = std::min(pieces.size(), bytes.size());
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  }
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = bytes.data();
  header.msg_iovlen = count;
  if (descriptor >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }

  const ssize_t sent =
      untilConcludes([&] { return ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent >= 0) return static_cast<std::size_t>(sent);
  error = lastError();
  return 0;
}

}  // namespace plait::detail
