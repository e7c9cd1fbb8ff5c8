#include <plait/tls/detail/server_certificates.hpp>

namespace plait::detail {
namespace {

std::string lowerCase(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

ServerCertificates::ServerCertificates(std::vector<PrivateCertificate> certificates) {
  for (PrivateCertificate& each : certificates) {
    for (const std::string& name : each.certificate().names()) {
      byName_.emplace(lowerCase(name), certificates_.size());  // unless an earlier one has it
    }
    X509StackPtr chain = stackOf(each.chain());
    certificates_.push_back({std::move(each), std::move(chain)});
  }
}

const ServerCertificate* ServerCertificates::find(std::string_view name) const {
  const std::string wanted = lowerCase(name);
  auto found = byName_.find(wanted);
  const std::size_t dot = wanted.find('.');
  if (found == byName_.end() && dot != wanted.npos)
    found = byName_.find(std::string("*").append(wanted, dot));
  return found == byName_.end() ? nullptr : &certificates_[found->second];
}

std::shared_ptr<const ServerCertificates> CurrentCertificates::get() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

void CurrentCertificates::set(std::shared_ptr<const ServerCertificates> certificates) {
  const std::lock_guard lock(mutex_);
  certificates_ = std::move(certificates);
}

}  // namespace plait::detail
