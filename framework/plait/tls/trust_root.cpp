#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <plait/tls/detail/openssl.hpp>
#include <plait/tls/detail/pem.hpp>
#include <plait/tls/trust_root.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace detail;

std::vector<std::string> pemFilesIn(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> found;
  std::filesystem::directory_iterator each(directory, error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    if (each->path().extension() == ".pem") found.push_back(each->path().string());
  }
  if (error) {
    throw CertificateError(fmt::format("cannot read {}: {}", directory, describe(error)));
  }
  std::sort(found.begin(), found.end());
  return found;
}

StorePtr readPlatformsStore() {
  auto store = owned<StorePtr>(X509_STORE_new());
  // Places that are not there are no error: then nobody is trusted.
  X509_STORE_set_default_paths(store.get());
  takeErrorText();
  return store;
}

/// The variables by which one tells OpenSSL where to look.
std::string platformsPlaces() {
  const char* file = std::getenv(X509_get_default_cert_file_env());
  const char* directory = std::getenv(X509_get_default_cert_dir_env());
  return fmt::format("{}\n{}", file ? file : "", directory ? directory : "");
}

}  // namespace

TrustRoot platformTrust() {
  struct Known {
    std::mutex mutex;
    std::string places;
    std::shared_ptr<x509_store_st> store;
  };
  // Never destroyed: when static objects are, OpenSSL may have gone before.
  static Known& known = *new Known;
  const std::lock_guard lock(known.mutex);
  std::string places = platformsPlaces();
  if (!known.store || known.places != places) {
    known.store = readPlatformsStore();
    known.places = std::move(places);
  }
  return {known.store, {}};
}

TrustRoot trustRootFromCertificates(std::span<const Certificate> certificates) {
  if (certificates.empty()) throw std::invalid_argument("a trust root without certificates");
  auto store = owned<StorePtr>(X509_STORE_new());
  for (const Certificate& each : certificates) {
    if (!X509_STORE_add_cert(store.get(), each.native())) throw std::bad_alloc();
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return {std::move(store), {certificates.begin(), certificates.end()}};
}

TrustRoot trustRootFromFile(const std::string& pemFile) {
  const std::vector<Certificate> found = certificatesIn(readFile(pemFile), pemFile);
  if (found.empty()) {
    throw CertificateError(fmt::format("there is no certificate in {}", pemFile));
  }
  return trustRootFromCertificates(found);
}

TrustRoot trustRootFromDirectory(const std::string& directory) {
  std::vector<Certificate> found;
  for (const std::string& file : pemFilesIn(directory)) {
    for (Certificate& each : certificatesIn(readFile(file), file)) found.push_back(std::move(each));
  }
  if (found.empty()) {
    throw CertificateError(
        fmt::format("there is no certificate in the .pem files of {}", directory));
  }
  return trustRootFromCertificates(found);
}

}  // namespace plait
